/** Which dose now: the next one stands open with its button, those that come later are one line. */
import type { DoseCard } from '@/api/types'
import { clockOf, instantOf } from '@/lib/time'
import type { Item } from '@/offline/items'
import { subjectOf } from './offline'
import { type Standing, standingOf } from './standing'
import { slotWords } from './words'

/** From so long before its hour on a dose is offered, whatever comes before it. */
const OFFER_BEFORE_MS = 2 * 3_600_000

const unsent = () => false
const TO_DO: Standing['next'][] = ['film', 'film-again', 'send-draft']

export function isToDo(card: DoseCard, items: Item[]): boolean {
  const { next } = standingOf(card, items, unsent)
  return TO_DO.includes(next) || (next === 'none' && card.state === 'upcoming')
}

/** Its hour is not near, and something else comes first. */
export function isForLater(card: DoseCard, cards: DoseCard[], items: Item[], now: number): boolean {
  const due = instantOf(card.due_at)
  if (now >= due - OFFER_BEFORE_MS || !['upcoming', 'open'].includes(card.state)) return false
  const subject = subjectOf(card.dose_id)
  if (items.some((one) => one.subject === subject && one.kind !== 'side-effects')) return false
  const isEarlier = (one: DoseCard) => instantOf(one.due_at) < due
  return isToDo(card, items) && cards.some((one) => isEarlier(one) && isToDo(one, items))
}

/** "晚上 6:00": the patient's own hour, as it is said. */
export function hourWords({ slot, due_at }: Pick<DoseCard, 'slot' | 'due_at'>): string {
  const [hour = '', minutes = ''] = clockOf(due_at).split(':')
  const said = slot !== 'morning' && Number(hour) > 12 ? Number(hour) - 12 : Number(hour)
  return `${slotWords[slot]} ${said}:${minutes}`
}
