import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RecordView } from '@/api/types'
import { fetchViews } from '@/features/account/api'
import { deedWords, gatherViews } from '@/features/account/views'
import ViewsPage from '@/packages/me/views/index'

vi.mock('@/features/account/api')

const view = (at: string, change: Partial<RecordView> = {}): RecordView => ({
  viewed_at: at,
  viewer_name: '王医生',
  viewer_title: '家庭医生',
  what: '查看档案',
  about: null,
  ...change,
})

afterEach(cleanup)

describe('who looked', () => {
  it('is gathered by day and person, newest first, each deed once with how often', () => {
    const groups = gatherViews([
      view('2026-11-22T16:30:00Z'), // 00:30 of the 23rd in China
      view('2026-11-22T09:00:00+08:00'),
      view('2026-11-22T08:30:00+08:00', { viewer_name: '李护士', what: '在提醒名单里看到' }),
      view('2026-11-22T08:10:00+08:00', { what: '观看视频', about: '11月21日早上的视频' }),
      view('2026-11-22T08:00:00+08:00'),
    ])

    expect(groups.map((g) => [g.on, g.viewer, g.deeds.map(deedWords)])).toEqual([
      ['2026-11-23', '家庭医生 王医生', ['查看档案（0:30）']],
      [
        '2026-11-22',
        '家庭医生 王医生',
        ['查看档案（2 次，最近 9:00）', '观看视频：11月21日早上的视频（8:10）'],
      ],
      ['2026-11-22', '家庭医生 李护士', ['在提醒名单里看到（8:30）']],
    ])
  })

  it('two films of one day stay two lines', () => {
    const [group] = gatherViews([
      view('2026-11-22T08:10:00+08:00', { what: '观看视频', about: '11月21日早上的视频' }),
      view('2026-11-22T08:00:00+08:00', { what: '观看视频', about: '11月20日早上的视频' }),
    ])
    expect(group?.deeds).toHaveLength(2)
  })

  it('shows one line for a person and day', async () => {
    const items = [view('2026-11-22T09:00:00+08:00'), view('2026-11-22T08:00:00+08:00')]
    vi.mocked(fetchViews).mockResolvedValue({ items, next_cursor: null })

    await act(async () => void render(<ViewsPage />))

    const lines = screen.getAllByTestId('view-line')
    expect(lines).toHaveLength(1)
    expect(lines[0]?.textContent).toBe('11月22日 星期日家庭医生 王医生查看档案（2 次，最近 9:00）')
  })
})
