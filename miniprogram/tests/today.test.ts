import '@/register'
import Taro from '@tarojs/taro'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CalendarMonth, DoseCard, DoseState, Rank, Today, TodayItem } from '@/api/types'
import { fetchMonth, fetchSymptoms } from '@/features/doses/api'
import { itemOf, movedOn, rankOf } from '@/features/doses/card-state'
import { rememberAhead, rememberedCard } from '@/features/doses/memory'
import { fetchToday } from '@/features/today/api'
import { keepNewer, refreshToday, rememberedToday } from '@/features/today/memory'
import { inOrder } from '@/features/today/order'
import { forgetDays } from '@/features/today/parts'
import { todayFrom, todayFromMemory } from '@/features/today/today'
import { instantOf } from '@/lib/time'
import { lastHeard } from '@/platform/clock'
import { makeCard } from './factories'
import cases from './today-order.json'

vi.mock('@/features/today/api')
vi.mock('@/features/doses/api')

const at = (text: string) => instantOf(text)
const morning = at('2026-11-22T08:00:00+08:00')
const tomorrow = makeCard({
  dose_id: 'd2',
  due_on: '2026-11-23',
  due_at: '2026-11-23T08:00:00+08:00',
  opens_at: '2026-11-23T04:00:00+08:00',
  closes_at: '2026-11-24T03:00:00+08:00',
  state: 'upcoming',
  can_film: false,
  can_report: false,
  day_code: '0007',
})
const months = [
  { month: '2026-11', days: [{ on: '2026-11-23', doses: [tomorrow] }] } as unknown as CalendarMonth,
]
const todayOf = (...cards: DoseCard[]): Today => ({
  on: '2026-11-22',
  zone: 'Asia/Shanghai',
  now: '2026-11-22T08:00:00+08:00',
  items: cards.map((card) => itemOf(card, morning)),
})
const today = todayOf(makeCard())

async function remembered(): Promise<void> {
  vi.mocked(fetchMonth).mockResolvedValue(months[0] as CalendarMonth)
  vi.mocked(fetchSymptoms).mockResolvedValue([])
  await rememberAhead('2026-11-22')
}

afterEach(() => Taro.clearStorageSync())

describe('the order, as on the server', () => {
  it.each(cases.order)('$name', ({ items, sorted }) => {
    const given = items.map(({ id, rank, due_at }) => ({
      ref: { id },
      rank: rank as Rank,
      due_at,
    }))
    const ids = (list: { ref: { id: string } }[]) => list.map((item) => item.ref.id)
    expect(ids(inOrder(given))).toEqual(sorted)
    expect(ids(inOrder([...given].reverse()))).toEqual(sorted)
  })

  it.each(cases.doses)('a dose: $name', ({ state, severe, can_film, due_at, at: now, rank }) => {
    expect(rankOf({ state: state as DoseState, severe, can_film, due_at }, at(now))).toBe(rank)
  })

  it('is kept by what the server answers, whatever order it comes in', () => {
    const done = makeCard({ dose_id: 'd0', state: 'observed', can_film: false })
    const view = todayFrom(todayOf(done, makeCard()), morning)
    expect(view.items.map((item) => item.ref.id)).toEqual(['d1', 'd0'])
  })
})

describe('a kind that this version does not know', () => {
  const newer = { ...itemOf(makeCard(), morning), kind: 'walk' } as unknown as TodayItem

  it('is left out, and it is said that something is left out', () => {
    const view = todayFrom({ ...today, items: [newer, ...today.items] }, morning)
    expect(view).toMatchObject({ items: [{ kind: 'dose' }], hasUnknown: true })
    expect(todayFrom(today, morning).hasUnknown).toBe(false)
  })

  it('does no harm with no signal either', () => {
    const view = todayFromMemory({ ...today, items: [newer] }, morning)
    expect(view).toMatchObject({ items: [], hasUnknown: true })
  })
})

describe('today without the server', () => {
  it('is unknown on a phone that never met it', () => {
    expect(todayFromMemory(null, morning)).toBeNull()
  })

  it('is the remembered day while it is still that day', () => {
    const view = todayFromMemory(today, at('2026-11-22T20:00:00+08:00'))
    expect(view).toMatchObject({ on: '2026-11-22', items: [{ dose: { can_film: true } }] })
  })

  it('ranks what it remembers by the clock', () => {
    const evening = makeCard({ dose_id: 'd9', due_at: '2026-11-22T18:00:00+08:00' })
    const ranks = (now: string) => {
      const view = todayFromMemory(todayOf(evening, makeCard()), at(now))
      return view?.items.map((item) => [item.ref.id, item.rank])
    }
    expect(ranks('2026-11-22T17:59:59+08:00')).toEqual([
      ['d1', 'now'],
      ['d9', 'later'],
    ])
    expect(ranks('2026-11-22T18:00:00+08:00')).toEqual([
      ['d1', 'now'],
      ['d9', 'now'],
    ])
  })

  it('is the next day’s dose, open for filming, with the code that proves its day', async () => {
    await remembered()
    const view = todayFromMemory(today, at('2026-11-23T09:00:00+08:00'))
    expect(view).toMatchObject({
      on: '2026-11-23',
      items: [{ rank: 'now', dose: { state: 'open', can_film: true, day_code: '0007' } }],
    })
  })

  it('is forgotten when somebody else is bound', async () => {
    vi.mocked(fetchToday).mockResolvedValue(today)
    await refreshToday()
    await remembered()
    forgetDays()
    expect(rememberedToday()).toBeNull()
    expect(rememberedCard('d2')).toBeNull()
  })
})

describe('two answers that cross on the way', () => {
  const newer = todayOf(makeCard({ revision: 5, state: 'pending_review', can_film: false }))
  const older = todayOf(makeCard({ revision: 4 }), makeCard({ dose_id: 'd9', revision: 1 }))

  it('leave the newer card, and take what else is new', () => {
    const items = keepNewer(older, newer).items
    expect(items.map((item) => [item.ref.id, item.revision])).toEqual([
      ['d1', 5],
      ['d9', 1],
    ])
    expect(items[0]?.dose.state).toBe('pending_review')
  })

  it('leave the last one of two alike: the clock may have moved it on', () => {
    const moved = todayOf(makeCard({ revision: 5, state: 'observed', can_film: false }))
    expect(keepNewer(moved, newer).items[0]?.dose.state).toBe('observed')
  })

  it('are of no matter to another day', () => {
    expect(keepNewer(older, { ...newer, on: '2026-11-21' })).toEqual(older)
  })

  it('are remembered as the newer one', async () => {
    vi.mocked(fetchToday).mockResolvedValueOnce(newer).mockResolvedValueOnce(older)
    await refreshToday()
    const shown = await refreshToday()
    expect(shown.items[0]?.revision).toBe(5)
    expect(rememberedToday()).toEqual(shown)
  })
})

describe('an answer that was asked for earlier and comes last', () => {
  const later = { ...todayOf(makeCard({ revision: 5 })), now: '2026-11-22T08:10:00+08:00' }
  const earlier = { ...todayOf(makeCard({ dose_id: 'd9' }), makeCard({ revision: 6 })) }

  /** The first of two questions, answered after the second. */
  async function overtaken(end: (answer: (t: Today) => void, fail: (e: Error) => void) => void) {
    let endIt = () => undefined as unknown
    const slow = new Promise<Today>((answer, fail) => {
      endIt = () => end(answer, fail)
    })
    vi.mocked(fetchToday).mockReturnValueOnce(slow).mockResolvedValueOnce(later)
    const first = refreshToday()
    await refreshToday()
    endIt()
    return first
  }

  it('changes neither the list nor the hour, only what is newer of an item', async () => {
    const shown = await overtaken((answer) => answer(earlier))
    expect(shown.now).toBe(later.now)
    expect(shown.items.map((item) => [item.ref.id, item.revision])).toEqual([['d1', 6]])
    expect(rememberedToday()).toEqual(shown)
    expect(lastHeard()).toBe(at(later.now))
  })

  it('is of no interest when it is no answer', async () => {
    const shown = await overtaken((_, fail) => fail(new Error('no signal')))
    expect(shown).toEqual(later)
  })
})

describe('a remembered card', () => {
  it('of another day is as new as what 今日 has heard of it', async () => {
    const known = todayOf({ ...tomorrow, revision: 3, state: 'pending_review' })
    vi.mocked(fetchToday).mockResolvedValue(known)
    await refreshToday()
    await remembered()
    const view = todayFromMemory(rememberedToday(), at('2026-11-23T09:00:00+08:00'))
    expect(view?.items).toMatchObject([{ dose: { dose_id: 'd2', state: 'pending_review' } }])
  })

  it('is the newest that is known of the dose', async () => {
    const known = todayOf({ ...tomorrow, revision: 2 })
    vi.mocked(fetchToday).mockResolvedValue(known)
    await refreshToday()
    await remembered()
    expect(rememberedCard('d2')?.revision).toBe(2)
    expect(rememberedCard('d3')).toBeNull()
  })
})

describe('movedOn', () => {
  it('does not open a dose before its window', () => {
    expect(movedOn(tomorrow, at('2026-11-23T03:59:00+08:00')).can_film).toBe(false)
  })

  it('closes a dose with its window', () => {
    expect(movedOn(makeCard(), at('2026-11-23T03:00:00+08:00'))).toMatchObject({
      can_film: false,
      can_report: false,
    })
  })

  it('leaves a held dose held', () => {
    const held = makeCard({ state: 'held', can_film: false })
    expect(movedOn(held, at('2026-11-22T09:00:00+08:00'))).toMatchObject({
      state: 'held',
      can_film: false,
    })
  })
})
