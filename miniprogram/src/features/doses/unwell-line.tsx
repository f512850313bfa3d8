import type { DoseCard } from '@/api/types'
import { isoNow } from '@/platform/clock'
import { open, replace } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { mustAskFirst } from './ask-first'

interface UnwellLineProps {
  card: DoseCard
  /** It stands before a film: afterwards one goes on to the camera. */
  beforeFilm: boolean
  /** On the camera's own page the question takes its place. */
  inPlace?: boolean
}

/** Where the question is not asked by itself: something may be felt since. */
export function UnwellLine({ card, beforeFilm, inPlace }: UnwellLineProps) {
  const go = inPlace ? replace : open
  // The way on to the camera must not lead past the question whether it was taken.
  const at = beforeFilm && (inPlace || !mustAskFirst(card)) ? { opened_at: isoNow() } : {}
  return (
    <BigButton
      look="quiet"
      testId="feel-unwell"
      onTap={() => go('sideEffects', { dose_id: card.dose_id, felt: '1', ...at })}
    >
      不舒服就点这里
    </BigButton>
  )
}
