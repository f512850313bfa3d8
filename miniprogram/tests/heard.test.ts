import '@/register'
import Taro from '@tarojs/taro'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CalendarMonth, DoseCard } from '@/api/types'
import { fetchDose, fetchMonth } from '@/features/doses/api'
import { itemOf } from '@/features/doses/card-state'
import { askDose, askMonth } from '@/features/doses/heard'
import { fetchToday } from '@/features/today/api'
import { refreshToday, rememberedToday } from '@/features/today/memory'
import { todayFromMemory } from '@/features/today/today'
import { instantOf } from '@/lib/time'
import { receipts } from '@/offline/use-outbox'
import { makeCard } from './factories'

vi.mock('@/features/today/api')
vi.mock('@/features/doses/api')

const now = instantOf('2026-11-22T08:00:00+08:00')
const morning = makeCard({ revision: 3 })
const evening = makeCard({ dose_id: 'd2', slot: 'evening', revision: 3 })
const SAID = { state: 'self_reported', can_report: false, revision: 4 } as const

const monthOf = (...doses: DoseCard[]) =>
  ({ month: '2026-11', days: [{ on: '2026-11-22', doses }] }) as unknown as CalendarMonth

/** As after a restart without signal. */
const offline = () =>
  todayFromMemory(rememberedToday(), now)?.items.map(
    (item) => item.kind === 'dose' && [item.dose.dose_id, item.dose.state],
  )

beforeEach(async () => {
  vi.setSystemTime(now)
  Taro.clearStorageSync()
  receipts.clear(null)
  vi.mocked(fetchToday).mockResolvedValue({
    on: '2026-11-22',
    zone: 'Asia/Shanghai',
    now: '2026-11-22T08:00:00+08:00',
    items: [morning, evening].map((card) => itemOf(card, now)),
  })
  await refreshToday()
})

describe('what another page hears of a dose of today', () => {
  it('stands on 今日 too, of this dose alone', async () => {
    vi.mocked(fetchMonth).mockResolvedValue(monthOf(morning, { ...evening, ...SAID }))
    await askMonth('2026-11')
    expect(offline()).toEqual([
      ['d1', 'open'],
      ['d2', 'self_reported'],
    ])
  })

  it('stands on 今日 too when the page of the dose heard it', async () => {
    vi.mocked(fetchDose).mockResolvedValue({ ...morning, ...SAID, recordings: ['long'] } as never)
    await askDose('d1')
    expect(offline()).toContainEqual(['d1', 'self_reported'])
    expect(receipts.of('dose:d1')?.change).not.toHaveProperty('recordings')
  })

  it('is left aside where 今日 has heard as much or more, or nothing of the dose', async () => {
    const other = makeCard({ dose_id: 'd9', ...SAID })
    vi.mocked(fetchMonth).mockResolvedValue(
      monthOf({ ...morning, ...SAID, revision: 3 }, { ...evening, ...SAID, revision: 2 }, other),
    )
    await askMonth('2026-11')
    expect(offline()).toEqual([
      ['d1', 'open'],
      ['d2', 'open'],
    ])
    expect(receipts.of('dose:d9')).toBeNull()
  })

  it('gives way to the next answer of the same revision', async () => {
    vi.mocked(fetchMonth).mockResolvedValue(monthOf({ ...morning, ...SAID }))
    await askMonth('2026-11')
    const answer = await vi.mocked(fetchToday)()
    const items = [{ ...morning, state: 'rejected' as const, revision: 4 }, evening]
    vi.mocked(fetchToday).mockResolvedValue({
      ...answer,
      items: items.map((card) => itemOf(card, now)),
    })
    await refreshToday()
    expect(offline()).toContainEqual(['d1', 'rejected'])
  })

  it('does not turn a good answer into an empty page when the storage is full', async () => {
    vi.spyOn(receipts, 'keep').mockImplementationOnce(() => {
      throw new Error('full')
    })
    const month = monthOf({ ...morning, ...SAID })
    vi.mocked(fetchMonth).mockResolvedValue(month)
    expect(await askMonth('2026-11')).toBe(month)
  })
})
