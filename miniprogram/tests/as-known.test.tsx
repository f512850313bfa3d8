import '@/register'
import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CalendarMonth } from '@/api/types'
import { monthAsKnown } from '@/features/doses'
import { fetchDose } from '@/features/doses/api'
import { itemOf } from '@/features/doses/card-state'
import { fetchToday } from '@/features/today/api'
import { refreshToday } from '@/features/today/memory'
import { instantOf } from '@/lib/time'
import { receipts } from '@/offline/use-outbox'
import DosePage from '@/pages/dose/index'
import { makeCard } from './factories'

vi.mock('@/features/today/api')
vi.mock('@/features/doses/api')

const now = instantOf('2026-11-22T08:00:00+08:00')
const before = makeCard({ revision: 3 })
const delivered = makeCard({
  revision: 4,
  state: 'pending_review',
  can_film: false,
  can_report: false,
})
const neighbour = makeCard({ dose_id: 'd2', revision: 3 })

/** The dose's page opens with an answer; 今日 hears of the dose meanwhile. */
async function opened(answered = before, today = delivered) {
  vi.mocked(fetchToday).mockResolvedValue({
    on: '2026-11-22',
    zone: 'Asia/Shanghai',
    now: '2026-11-22T08:00:00+08:00',
    items: [today, neighbour].map((card) => itemOf(card, now)),
  })
  vi.mocked(fetchDose).mockResolvedValue({ ...answered, recordings: [], reports: [] } as never)
  vi.spyOn(taro, 'useRouter').mockReturnValue({ params: { dose_id: answered.dose_id } } as never)
  await refreshToday()
  await act(async () => void render(<DosePage />))
}
const offers = () => screen.queryByTestId('film-start') !== null

beforeEach(() => {
  vi.setSystemTime(now)
  Taro.clearStorageSync()
  receipts.clear(null)
})
afterEach(cleanup)

describe('a dose of an answer that 今日 has overtaken', () => {
  it('is not offered on its page', async () => {
    await opened()
    expect(offers()).toBe(false)
  })

  it('nor in a month', async () => {
    await opened()
    const days = [{ on: '2026-11-22', doses: [before, neighbour] }]
    const month = monthAsKnown({ month: '2026-11', days } as unknown as CalendarMonth)
    expect(month.days[0]?.doses.map((card) => card.state)).toEqual(['pending_review', 'open'])
  })

  it('is offered where 今日 knows no more, or less', async () => {
    await opened(before, before)
    expect(offers()).toBe(true)
    cleanup()
    await opened({ ...before, revision: 5 })
    expect(offers()).toBe(true)
  })

  it('leaves another dose alone', async () => {
    await opened(neighbour)
    expect(offers()).toBe(true)
  })
})
