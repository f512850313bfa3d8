/** What a dose's card is by the clock, and how pressing: as the server has it. */
import type { DoseCard, DoseItem, DoseState, Rank } from '@/api/types'
import { byClock } from '@/features/today'
import { instantOf } from '@/lib/time'

export const isOver = (card: DoseCard, now: number) => instantOf(card.closes_at) <= now
export const hasBegun = (card: DoseCard, now: number) => instantOf(card.opens_at) <= now

/** Without the server a card's state moves on by the clock, and only that way. */
export function movedOn(card: DoseCard, now: number): DoseCard {
  if (card.state === 'upcoming' && hasBegun(card, now) && !isOver(card, now)) {
    return { ...card, state: 'open', can_film: true, can_report: true }
  }
  return isOver(card, now) ? { ...card, can_film: false, can_report: false } : card
}

const CHECKED: DoseState[] = ['processing', 'pending_review']
const NOT_ACCEPTED: DoseState[] = ['rejected', 'unverifiable']
const TO_DO: DoseState[] = ['upcoming', 'open', 'uploading']
const UNSETTLED: DoseState[] = [...CHECKED, ...NOT_ACCEPTED, ...TO_DO, 'self_reported']

/** `rank_of` of app/medication/today.py; both are held to tests/today-order.json. */
export function rankOf(
  card: Pick<DoseCard, 'state' | 'severe' | 'can_film' | 'due_at'>,
  now: number,
): Rank {
  const isStopped = card.severe && card.state === 'held'
  if (!UNSETTLED.includes(card.state) && !isStopped) return 'done'
  if (card.severe) return 'stop'
  if (CHECKED.includes(card.state)) return 'waiting'
  if (NOT_ACCEPTED.includes(card.state) && card.can_film) return 'now'
  return TO_DO.includes(card.state) ? byClock(card.due_at, now) : 'done'
}

/** The item of 今日 that a card is at this moment. */
export function itemOf(card: DoseCard, now: number): DoseItem {
  const ref = { feature: 'medication', kind: 'dose', id: card.dose_id }
  const { due_at, revision } = card
  return { kind: 'dose', ref, rank: rankOf(card, now), due_at, revision, dose: card }
}
