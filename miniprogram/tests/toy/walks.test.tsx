/** The README's list of a new feature on the phone, gone through with one that is not shipped. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSession } from '@/api/client'
import { fetchMe } from '@/api/me'
import type { Today } from '@/api/types'
import { openerOf } from '@/features/inbox/subjects'
import { type Parts, registerParts } from '@/features/today/parts'
import { todayFrom, todayFromMemory } from '@/features/today/today'
import { TodayCard } from '@/features/today/today-card'
import { appPages } from '@/lib/app-pages'
import { ApiProblem, offline } from '@/lib/problem'
import { ahead, packages } from '@/lib/routes'
import { kinds } from '@/offline/kinds'
import { rememberPerson } from '@/offline/person'
import { theOutbox, useOutbox } from '@/offline/use-outbox'
import { itemOf, type Walk, WalkPage, walkKinds, walkPart } from './walks'

vi.mock('@/api/client')
vi.mock('@/api/me')

const root = resolve(__dirname, '../../..')
const ON = '2026-11-22'
const noon = Date.parse(`${ON}T12:00:00+08:00`)
const walk: Walk = { walk_id: 'w1', on: ON, revision: 1, minutes: null }
const send = vi.fn<(id: string, body: object, key: string) => Promise<Walk>>()

const listed = () => {
  const section = readFileSync(`${root}/README.md`, 'utf8').split(
    '### Add a feature to the phone',
  )[1]
  const block = section?.split('```phone\n')[1]?.split('\n```')[0] ?? ''
  return block.split('\n').map((line) => line.split(/\s+/)[0] ?? '')
}
const viewOf = (one: Walk) =>
  todayFrom({ on: ON, items: [itemOf(one)] } as unknown as Pick<Today, 'on' | 'items'>, noon)

function Day({ one }: { one: Walk }) {
  useOutbox() // as the page of 今日 does: it is drawn anew when something was confirmed
  const { items, on } = viewOf(one)
  return (
    <>
      {items.map((item) => (
        <TodayCard key={item.ref.id} item={item} today={on} all={items} />
      ))}
    </>
  )
}
const settle = () => act(async () => void (await new Promise((done) => setTimeout(done, 0))))
const press = (keys: string) => {
  for (const key of keys) fireEvent.click(screen.getByTestId(`key-${key}`))
}

// register.ts
kinds.register(walkKinds(send))
registerParts({ walk: walkPart } as unknown as Parts)

beforeEach(() => {
  rememberPerson('p1')
  vi.mocked(openSession).mockResolvedValue({ bound: true, staff: false } as never)
  vi.mocked(fetchMe).mockResolvedValue({ patient_id: 'p1' } as never)
  send.mockReset()
})
afterEach(async () => {
  cleanup()
  await theOutbox().clear('p1')
})

describe('a feature that is built by the README’s list', () => {
  it('is built by a list that is there', () => {
    expect(listed().length).toBeGreaterThan(3)
    for (const path of listed().filter((name) => !name.includes('NAME'))) {
      expect([path, existsSync(`${root}/${path}`)]).toEqual([path, true])
    }
    expect(readFileSync(`${root}/miniprogram/src/register.ts`, 'utf8')).toMatch(
      /kinds\.register\([\s\S]*registerParts\(/,
    )
  })

  it('has its card on 今日, in the order of all, and an unknown kind has none', () => {
    render(<Day one={walk} />)
    expect(screen.getByTestId('walk').textContent).toContain('还没走')

    const other = { ...itemOf(walk), kind: 'swim' }
    const items = [other] as unknown as Today['items']
    expect(todayFrom({ on: ON, items }, noon)).toMatchObject({ items: [], hasUnknown: true })
  })

  it('has its card without signal, from what was remembered ahead', async () => {
    await walkPart.rememberAhead(ON)
    const yesterday = { on: '2026-11-21', items: [] } as unknown as Today

    expect(todayFromMemory(yesterday, noon)?.items.map(({ ref }) => ref.id)).toEqual([`w-${ON}`])
  })

  it('keeps without signal what is said, sends it once, and shows it confirmed', async () => {
    send.mockRejectedValueOnce(offline())
    render(<WalkPage walk={walk} />)
    expect(screen.getByRole('status').textContent).toBe('先填分钟数')
    press('35')
    fireEvent.click(screen.getByTestId('outside'))
    fireEvent.click(screen.getByRole('button', { name: '记下' }))
    await settle()
    expect(screen.getByRole('status').textContent).toBe('记下了')
    cleanup()
    render(<Day one={walk} />)
    expect(screen.getByTestId('walk').textContent).toContain('待发送')

    send.mockImplementation(async () => ({ ...walk, revision: 2, minutes: 35 }))
    await act(async () => theOutbox().retryNow())
    await settle()

    const keys = send.mock.calls.map(([, , key]) => key)
    expect(new Set(keys).size).toBe(1)
    expect(send).toHaveBeenLastCalledWith('w1', { minutes: 35, outside: true }, keys[0])
    expect(theOutbox().all()).toEqual([])
    // The card that is shown is older than the confirmation.
    expect(screen.getByTestId('walk').textContent).toContain('走了 35 分钟')
  })

  it('says in the list of what waits what was refused', async () => {
    send.mockRejectedValueOnce(new ApiProblem({ type: 'walk-over', title: '太晚了', status: 409 }))
    render(<WalkPage walk={walk} />)
    press('20')
    fireEvent.click(screen.getByRole('button', { name: '记下' }))
    await settle()

    const [item] = theOutbox().all()
    expect(item && kinds.of(item)?.title(item)).toBe(`${ON} 走一走`)
    expect(item?.refusal?.type).toBe('walk-over')
  })

  it('has its page in a package of its own, fetched ahead', () => {
    const app = appPages({ ...packages, walks: { walk: '/packages/walks/walk/index' } }, [
      ...ahead,
      'walks',
    ])

    expect(app.subPackages).toContainEqual({ root: 'packages/walks', pages: ['walk/index'] })
    expect(app.preloadRule['pages/today/index']?.packages).toContain('packages/walks')
    expect(app.pages).not.toContain('packages/walks/walk/index')
  })

  it('leads a notice about it nowhere until subjects.ts names its page', () => {
    expect(openerOf({ feature: 'walks', kind: 'walk', id: 'w1' })).toBeNull()
    expect(openerOf({ feature: 'medication', kind: 'dose', id: 'd1' })).not.toBeNull()
  })
})
