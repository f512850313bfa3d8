import type { DoseCard } from '@/api/types'
import type { Item } from '@/offline/items'
import { isoNow } from '@/platform/clock'
import { open } from '@/platform/navigation'
import { feltNothing } from './asked'
import { subjectOf } from './offline'

/** The question about side effects comes first, once a day. */
export function isAnswered(card: DoseCard, items: Item[]): boolean {
  if (card.side_effects_answered || feltNothing(card)) return true
  const subject = subjectOf(card.dose_id)
  return items.some((item) => item.kind === 'side-effects' && item.subject === subject)
}

export function beginFilming(card: DoseCard, items: Item[]): void {
  const page = isAnswered(card, items) ? 'camera' : 'sideEffects'
  open(page, { dose_id: card.dose_id, opened_at: isoNow() })
}
