/** What today looks like: from the server when it answers, from memory when it does not. */
import type { Today, TodayItem } from '@/api/types'
import { dayOf } from '@/lib/time'
import { inOrder } from './order'
import { isKnown, itemsOn, partOf } from './parts'

export interface TodayView {
  on: string
  items: TodayItem[]
  /** There is something that only a newer version of this app can show. */
  hasUnknown: boolean
}

export function todayFrom({ on, items }: Pick<Today, 'on' | 'items'>, now: number): TodayView {
  const known = items.filter(isKnown).map((item) => partOf(item).confirmed(item, now))
  return { on, items: inOrder(known), hasUnknown: known.length < items.length }
}

/** With what was confirmed since it was made: a receipt may come long before the next answer. */
export function withConfirmed(view: TodayView, now: number): TodayView {
  const items = view.items.map((item) => partOf(item).confirmed(item, now))
  return items.every((item, n) => item === view.items[n])
    ? view
    : { ...view, items: inOrder(items) }
}

/** The remembered day if it is still that day, else what was remembered ahead for the present one. */
export function todayFromMemory(today: Today | null, now: number): TodayView | null {
  if (!today) return null
  const on = dayOf(now)
  if (today.on !== on) return todayFrom({ on, items: itemsOn(on, now) }, now)
  const items = today.items.map((item) => (isKnown(item) ? partOf(item).movedOn(item, now) : item))
  return todayFrom({ on, items }, now)
}
