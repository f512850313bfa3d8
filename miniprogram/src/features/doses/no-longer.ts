/** Whether a dose is still to be filmed, by all that this phone knows: asked right before it is. */
import type { DoseCard, DoseState } from '@/api/types'
import { receipts, theOutbox } from '@/offline/use-outbox'
import { trueNow } from '@/platform/clock'
import { isOver } from './card-state'
import { rememberedCard } from './memory'
import { subjectOf } from './offline'
import { standingOf } from './standing'

const AT_SERVER: DoseState[] = ['processing', 'pending_review', 'observed', 'partial']
const isAtServer = ({ state }: Partial<DoseCard>) => Boolean(state && AT_SERVER.includes(state))

/** By what came in since a page was opened it is not to be taken now. */
export function isNoLongerOffered(doseId: string): boolean {
  const card = rememberedCard(doseId)
  if (!card) {
    // The storage was full: the card is gone, what was confirmed is not.
    const told: Partial<DoseCard> = receipts.of(subjectOf(doseId))?.change ?? {}
    return isAtServer(told) || (told.severe ?? false)
  }
  const answers = theOutbox()
    .all()
    .filter(({ kind }) => kind === 'side-effects')
  if (standingOf(card, answers, () => false).next === 'severe') return true
  if (card.can_film) return false
  // With its window closed a film may still be sent: only what is here or stopped needs none.
  return card.severe || isAtServer(card) || !isOver(card, trueNow())
}
