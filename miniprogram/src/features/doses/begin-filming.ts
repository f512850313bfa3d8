import type { DoseCard } from '@/api/types'
import type { OutboxItem } from '@/features/outbox/items'
import { isoNow } from '@/lib/clock'
import { open } from '@/lib/navigation'

/** The question about side effects comes first, once per dose. */
export function isAnswered(card: DoseCard, items: OutboxItem[]): boolean {
  if (card.side_effects_answered) return true
  return items.some((item) => item.kind === 'side-effects' && item.dose_id === card.dose_id)
}

export function beginFilming(card: DoseCard, items: OutboxItem[]): void {
  const page = isAnswered(card, items) ? 'camera' : 'sideEffects'
  open(page, { dose_id: card.dose_id, opened_at: isoNow() })
}
