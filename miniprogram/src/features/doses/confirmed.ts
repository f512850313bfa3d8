import type { DoseCard } from '@/api/types'
import { receipts } from '@/offline/use-outbox'
import { subjectOf } from './offline'

/** The card with what the server has confirmed since it was made. */
export function confirmed<C extends DoseCard>(card: C): C {
  return receipts.applied(subjectOf(card.dose_id), card)
}
