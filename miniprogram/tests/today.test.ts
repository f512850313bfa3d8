import { describe, expect, it } from 'vitest'
import type { CalendarMonth, Today } from '@/api/types'
import { codeFor, movedOn, todayFromMemory } from '@/features/today/today'
import { instantOf } from '@/lib/time'
import { makeCard } from './factories'

const today: Today = {
  on: '2026-11-22',
  zone: 'Asia/Shanghai',
  now: '2026-11-22T08:00:00+08:00',
  day_codes: [
    { on: '2026-11-22', code: '4821' },
    { on: '2026-11-23', code: '0007' },
  ],
  doses: [makeCard()],
}
const tomorrow = makeCard({
  dose_id: 'd2',
  due_on: '2026-11-23',
  opens_at: '2026-11-23T04:00:00+08:00',
  closes_at: '2026-11-24T03:00:00+08:00',
  state: 'upcoming',
  can_film: false,
  can_report: false,
})
const months = [
  { month: '2026-11', days: [{ on: '2026-11-23', doses: [tomorrow] }] } as unknown as CalendarMonth,
]
const at = (text: string) => instantOf(text)

describe('today without the server', () => {
  it('is unknown on a phone that never met it', () => {
    expect(todayFromMemory({ today: null, months }, at('2026-11-22T08:00:00+08:00'))).toBeNull()
  })

  it('is the remembered day while it is still that day', () => {
    const view = todayFromMemory({ today, months }, at('2026-11-22T20:00:00+08:00'))
    expect(view).toMatchObject({ on: '2026-11-22', doses: [{ dose_id: 'd1', can_film: true }] })
  })

  it('is the next day’s dose, open for filming, once that day has come', () => {
    const view = todayFromMemory({ today, months }, at('2026-11-23T09:00:00+08:00'))
    expect(view).toMatchObject({
      on: '2026-11-23',
      doses: [{ dose_id: 'd2', state: 'open', can_film: true }],
    })
  })

  it('proves the offline day by the code that came ahead', () => {
    expect(codeFor(today.day_codes, '2026-11-23')).toBe('0007')
    expect(codeFor(today.day_codes, '2026-11-29')).toBe('')
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
