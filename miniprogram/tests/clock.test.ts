import '@/register'
import Taro from '@tarojs/taro'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Today } from '@/api/types'
import { beginFilming } from '@/features/doses/begin-filming'
import { itemOf } from '@/features/doses/card-state'
import { rememberedCard } from '@/features/doses/memory'
import { keepTaken } from '@/features/filming/keep-film'
import { fetchToday } from '@/features/today/api'
import { refreshToday, todayHere } from '@/features/today/memory'
import { instantOf } from '@/lib/time'
import { theOutbox } from '@/offline/use-outbox'
import { noticeJump, watchClock } from '@/platform/clock'
import { makeCard } from './factories'

vi.mock('@/features/today/api')

const DAYS_SLOW = 2 * 86_400_000
const truth = instantOf('2026-11-22T08:00:00+08:00')
const today: Today = {
  on: '2026-11-22',
  zone: 'Asia/Shanghai',
  now: '2026-11-22T08:00:00.000000+08:00',
  items: [itemOf(makeCard({ state: 'upcoming', can_film: false }), truth)],
}
const shot = { path: 'temp', contentType: 'video/mp4', mirrored: false, durationMs: null }

beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(truth - DAYS_SLOW)
  vi.mocked(fetchToday).mockResolvedValue(today)
})
afterEach(() => {
  vi.useRealTimers()
  Taro.clearStorageSync()
})

describe('a phone whose clock is set', () => {
  it('forgets the difference when its clock goes back', async () => {
    vi.setSystemTime(truth + DAYS_SLOW)
    await refreshToday()
    expect(todayHere()).toBe('2026-11-22')
    vi.setSystemTime(truth)

    expect(noticeJump()).toBe(true)
    expect(todayHere()).toBe('2026-11-22')
  })

  it('forgets it when the clock leaps while somebody looks on', async () => {
    await refreshToday()
    watchClock(() => true)
    vi.advanceTimersByTime(10_000)
    vi.setSystemTime(truth)
    vi.advanceTimersByTime(5_000)

    expect(todayHere()).toBe('2026-11-22')
  })

  it('keeps it when the phone only slept', async () => {
    await refreshToday()
    vi.setSystemTime(truth - DAYS_SLOW + 3_600_000)

    expect(noticeJump()).toBe(false)
    expect(todayHere()).toBe('2026-11-22')
  })
})

describe('a phone whose date is wrong', () => {
  it('films with the server’s time, also later with no signal', async () => {
    await refreshToday()
    vi.advanceTimersByTime(60_000)
    const keep = vi.spyOn(theOutbox(), 'keep').mockResolvedValue({ id: 'k1' } as never)

    const film = { shot, capturedAt: Date.now(), durationMs: 25_000, left: false }
    await keepTaken(makeCard(), film, '')

    expect(keep.mock.calls[0]?.[0].body).toMatchObject({
      captured_at: '2026-11-22T00:01:00.000Z',
      opened_at: '2026-11-22T00:01:00.000Z',
    })
  })

  it('says when filming was begun by the server’s time', async () => {
    await refreshToday()
    beginFilming(makeCard({ side_effects_answered: true }), [])
    expect(decodeURIComponent(vi.mocked(Taro.navigateTo).mock.calls[0]?.[0].url ?? '')).toContain(
      'opened_at=2026-11-22T00:00:00.000Z',
    )
  })

  it('knows which day it is, and which dose is open', async () => {
    await refreshToday()
    expect(todayHere()).toBe('2026-11-22')
    expect(rememberedCard('d1')).toMatchObject({ state: 'open', can_film: true })
  })

  it('goes by its own clock until the server has told the time', () => {
    expect(todayHere()).toBe('2026-11-20')
  })
})
