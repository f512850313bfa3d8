/** A month laid out in weeks, and the one state that speaks for each day. */
import type { CalendarMonth, DoseCard, DoseState } from '@/api/types'
import { addDays, addMonths, weekdayOf } from '@/lib/time'

export type CalendarDay = CalendarMonth['days'][number]

/** What the patient should notice first when a day has several doses. */
const LOUDEST_FIRST: DoseState[] = [
  'rejected',
  'missed',
  'open',
  'uploading',
  'unverifiable',
  'partial',
  'pending_review',
  'processing',
  'self_reported',
  'upcoming',
  'held',
  'rescheduled',
  'in_person',
  'live',
  'observed',
  'cancelled',
]

export function stateOfDay(doses: DoseCard[]): DoseState | null {
  return LOUDEST_FIRST.find((state) => doses.some((dose) => dose.state === state)) ?? null
}

/** Every day of the month, also those on which nothing is due. */
export function daysOf(month: CalendarMonth): CalendarDay[] {
  const first = `${month.month}-01`
  const count = Number(addDays(`${addMonths(month.month, 1)}-01`, -1).slice(8))
  const known = new Map(month.days.map((day) => [day.on, day]))
  return Array.from({ length: count }, (_, i) => {
    const on = addDays(first, i)
    return known.get(on) ?? { on, doses: [] }
  })
}

/** Rows of seven from Monday on; null where the row reaches outside the month. */
export function weeksOf(month: CalendarMonth): (CalendarDay | null)[][] {
  const days = daysOf(month)
  const lead = (weekdayOf(`${month.month}-01`) + 6) % 7
  const cells: (CalendarDay | null)[] = [...new Array<null>(lead).fill(null), ...days]
  while (cells.length % 7 !== 0) cells.push(null)
  const weeks: (CalendarDay | null)[][] = []
  for (let i = 0; i < cells.length; i += 7) weeks.push(cells.slice(i, i + 7))
  return weeks
}

/** The states that occur, in the order of the legend. */
export function statesIn(days: CalendarDay[]): DoseState[] {
  return LOUDEST_FIRST.filter((state) =>
    days.some((day) => day.doses.some((d) => d.state === state)),
  )
}
