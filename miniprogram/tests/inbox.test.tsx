import Taro from '@tarojs/taro'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Notice } from '@/api/types'
import { fetchNotices, fetchUnread, readNotices } from '@/features/inbox/api'
import { InboxRow } from '@/features/inbox/inbox-row'
import { openerOf } from '@/features/inbox/subjects'
import { unreadWords } from '@/features/inbox/words'
import InboxPage from '@/packages/me/inbox/index'

vi.mock('@/features/inbox/api')

const notice = (change: Partial<Notice> = {}): Notice => ({
  notice_id: 'n1',
  title: '医生看了您发来的视频，有话要告诉您',
  created_at: '2026-11-22T08:00:00+08:00',
  read_at: null,
  subject: { feature: 'medication', kind: 'dose', id: 'd1' },
  ...change,
})
const opened = async () => {
  await act(async () => void render(<InboxPage />))
}

beforeEach(() => {
  vi.mocked(readNotices).mockResolvedValue(undefined)
})
afterEach(() => {
  cleanup()
  vi.mocked(Taro.navigateTo).mockClear()
})

describe('the inbox', () => {
  it('says that there is nothing, and what will come', async () => {
    vi.mocked(fetchNotices).mockResolvedValue({ items: [], next_cursor: null, unread: 0 })
    await opened()
    expect(screen.getByTestId('empty').textContent).toContain('还没有消息')
    expect(readNotices).not.toHaveBeenCalled()
  })

  it('marks what is new, counts it as read, and opens what it is about', async () => {
    const old = notice({ notice_id: 'n0', read_at: '2026-11-21T08:00:00+08:00', subject: null })
    const items = [notice(), old]
    vi.mocked(fetchNotices).mockResolvedValue({ items, next_cursor: null, unread: 1 })
    await opened()

    const [newer, older] = screen.getAllByTestId('notice-line')
    expect(newer?.textContent).toContain('新')
    expect(older?.textContent).not.toContain('新')
    expect(readNotices).toHaveBeenCalledExactlyOnceWith('n1')

    fireEvent.click(older as HTMLElement)
    expect(Taro.navigateTo).not.toHaveBeenCalled()
    fireEvent.click(newer as HTMLElement)
    expect(Taro.navigateTo).toHaveBeenCalledWith({ url: '/pages/dose/index?dose_id=d1' })
  })

  it('asks nothing of the server when all was read before', async () => {
    const items = [notice({ read_at: '2026-11-21T08:00:00+08:00' })]
    vi.mocked(fetchNotices).mockResolvedValue({ items, next_cursor: null, unread: 0 })
    await opened()
    expect(readNotices).not.toHaveBeenCalled()
  })

  it('fetches older ones a page at a time, to the last', async () => {
    vi.mocked(fetchNotices)
      .mockResolvedValueOnce({ items: [notice()], next_cursor: 'c1', unread: 0 })
      .mockResolvedValueOnce({ items: [notice({ notice_id: 'n2' })], next_cursor: 'c2', unread: 0 })
      .mockResolvedValueOnce({ items: [notice({ notice_id: 'n3' })], next_cursor: null, unread: 0 })
    await opened()
    for (const cursor of ['c1', 'c2']) {
      await act(async () => void fireEvent.click(screen.getByTestId('notices-more')))
      expect(fetchNotices).toHaveBeenLastCalledWith(cursor)
    }
    expect(screen.getAllByTestId('notice-line')).toHaveLength(3)
    expect(screen.queryByTestId('notices-more')).toBeNull()
  })
})

describe('the way to the inbox', () => {
  it.each([
    [0, null],
    [1, '1'],
    [99, '99'],
    [100, '99+'],
  ])('shows %s unread as %s', async (unread, words) => {
    vi.mocked(fetchUnread).mockResolvedValue(unread)
    await act(async () => void render(<InboxRow />))
    expect(screen.queryByTestId('inbox-unread')?.textContent ?? null).toBe(words)
    if (words) expect(unreadWords(unread)).toBe(words)
  })
})

describe('a subject', () => {
  it('of a kind without a page here leads nowhere', () => {
    expect(openerOf({ feature: 'walks', kind: 'walk', id: 'w1' })).toBeNull()
    expect(openerOf(null)).toBeNull()
  })
})
