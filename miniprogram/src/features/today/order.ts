/** The order of 今日, the same as the server's: both are held to tests/today-order.json. */
import type { Rank } from '@/api/types'
import { instantOf } from '@/lib/time'

export interface Ranked {
  ref: { id: string }
  rank: Rank
  due_at: string
}

/** Most pressing first. */
const PLACES: Record<Rank, number> = { stop: 0, now: 1, later: 2, waiting: 3, done: 4 }

/** What is still to be done is due from its hour on. */
export function byClock(dueAt: string, now: number): Rank {
  return now >= instantOf(dueAt) ? 'now' : 'later'
}

function compared(one: Ranked, other: Ranked): number {
  const places = PLACES[one.rank] - PLACES[other.rank]
  if (places !== 0) return places
  const hours = instantOf(one.due_at) - instantOf(other.due_at)
  if (hours !== 0) return hours
  return one.ref.id < other.ref.id ? -1 : 1
}

export function inOrder<T extends Ranked>(items: T[]): T[] {
  return [...items].sort(compared)
}
