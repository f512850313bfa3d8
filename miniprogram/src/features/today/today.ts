/** What today looks like: from the server when it answers, from memory when it does not. */
import type { CalendarMonth, DayCode, DoseCard, Today } from '@/api/types'
import { dayOf, instantOf } from '@/lib/time'

export interface Memory {
  today: Today | null
  /** The months around now, which hold the coming days' doses too. */
  months: CalendarMonth[]
}
export interface TodayView {
  on: string
  doses: DoseCard[]
  codes: DayCode[]
}

const isOver = (card: DoseCard, now: number) => instantOf(card.closes_at) <= now
const hasBegun = (card: DoseCard, now: number) => instantOf(card.opens_at) <= now

/** Without the server a card's state moves on by the clock, and only that way. */
export function movedOn(card: DoseCard, now: number): DoseCard {
  if (card.state === 'upcoming' && hasBegun(card, now) && !isOver(card, now)) {
    return { ...card, state: 'open', can_film: true, can_report: true }
  }
  return isOver(card, now) ? { ...card, can_film: false, can_report: false } : card
}

export function todayFrom(today: Today): TodayView {
  return { on: today.on, doses: today.doses, codes: today.day_codes }
}

/** The remembered day if it is still that day, else the present day out of the remembered months. */
export function todayFromMemory(memory: Memory, now: number): TodayView | null {
  if (!memory.today) return null
  const codes = memory.today.day_codes
  const on = dayOf(now)
  const remembered =
    memory.today.on === on ? memory.today.doses : dosesAround(memory.months, now, on)
  return { on, codes, doses: remembered.map((card) => movedOn(card, now)) }
}

function dosesAround(months: CalendarMonth[], now: number, on: string): DoseCard[] {
  const all = months.reduce<DoseCard[]>(
    (found, month) => found.concat(...month.days.map((day) => day.doses)),
    [],
  )
  return all.filter((card) => card.due_on === on || (hasBegun(card, now) && !isOver(card, now)))
}

/** The code that proves the dose's day; empty when the phone has been away from the server too long. */
export function codeFor(codes: DayCode[], dueOn: string): string {
  return codes.find((code) => code.on === dueOn)?.code ?? ''
}
