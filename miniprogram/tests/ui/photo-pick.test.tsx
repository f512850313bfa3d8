import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attachment } from '@/lib/attachment'
import { PhotoPick } from '@/ui/form/photo-pick'
import { wechat } from '../fakes/wechat'

vi.mock('@/platform/photos', () => import('@/platform/photos.weapp'))
vi.mock('@/platform/permissions', () => import('@/platform/permissions.weapp'))

const phone = wechat()
let photos: Attachment[] = []

function Form() {
  const [mine, setMine] = useState<Attachment[]>([])
  photos = mine
  return <PhotoPick photos={mine} onChange={setMine} />
}

beforeEach(() => {
  phone.faults = {}
  phone.chosen = 1
})
afterEach(cleanup)

const tap = (id: string) =>
  act(async () => {
    fireEvent.click(screen.getByTestId(id))
  })
const text = () => screen.getByTestId('photo-pick').textContent ?? ''

describe('photos', () => {
  it('are added to those that are there, up to nine', async () => {
    render(<Form />)
    phone.chosen = 4
    await tap('photo-add')
    expect(text()).toContain('还能加 5 张')
    phone.chosen = 9
    await tap('photo-add')
    expect(photos).toHaveLength(9)
    expect(screen.queryByTestId('photo-add')).toBe(null)
    expect(text()).toContain('已经有 9 张了')
    expect(photos[0]).toMatchObject({ contentType: 'image/jpeg' })
  })

  it('are taken away one by one', async () => {
    render(<Form />)
    phone.chosen = 3
    await tap('photo-add')
    const [first, , third] = photos
    await tap('photo-drop-1')
    expect(photos).toEqual([first, third])
    expect(screen.getAllByRole('button', { name: /删掉第 \d 张照片/ })).toHaveLength(2)
  })

  it('nothing is said to who turns back', async () => {
    render(<Form />)
    phone.faults.album = 'cancel'
    await tap('photo-add')
    expect(text()).toBe('加照片（最多 9 张）')
  })

  it.each([
    ['privacy', '隐私说明', 'read-privacy'],
    ['undeclared', '没有办好选照片的手续', 'permission-again'],
    ['system', '手机不让微信', 'open-system'],
  ])('that are refused say by whom: %s', async (fault, words, way) => {
    render(<Form />)
    phone.faults.album = fault
    await tap('photo-add')
    expect(text()).toContain(words)
    expect(screen.getByTestId(way)).toBeDefined()
    phone.faults = {}
    await tap('permission-again')
    expect(photos).toHaveLength(1)
    expect(screen.queryByTestId('photo-refused')).toBe(null)
  })

  it('that fail otherwise can be tried again', async () => {
    render(<Form />)
    phone.faults.album = 'broken'
    await tap('photo-add')
    expect(text()).toContain('照片没有选上')
  })
})
