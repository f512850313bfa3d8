import { type ReactNode, useState } from 'react'
import type { DoseCard } from '@/api/types'
import { instantOf } from '@/lib/time'
import { isHelper } from '@/offline/contacts'
import { lastHeard } from '@/platform/clock'
import { open } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Dialog } from '@/ui/dialog'

/** Another phone may have filmed it: this one has not heard, or is not the only one. */
export function mustAskFirst(card: Pick<DoseCard, 'opens_at'>): boolean {
  const heard = lastHeard()
  return isHelper() || heard === null || heard < instantOf(card.opens_at)
}

interface Asking {
  /** Does it at once, or after the question. */
  begin: () => void
  question: ReactNode
}

/** Before what must not happen to a dose that was taken already. */
export function useAskFirst(card: DoseCard, go: () => void): Asking {
  const [asking, setAsking] = useState(false)
  const close = () => setAsking(false)
  const begin = () => (mustAskFirst(card) ? setAsking(true) : go())
  const notYet = () => {
    close()
    go()
  }
  const taken = () => {
    close()
    open('cannotFilm', { dose_id: card.dose_id })
  }
  const question = asking ? (
    <AskFirst card={card} onNotYet={notYet} onTaken={taken} onClose={close} />
  ) : null
  return { begin, question }
}

interface AskFirstProps {
  card: Pick<DoseCard, 'can_report'>
  onNotYet: () => void
  onTaken: () => void
  onClose: () => void
}

export function AskFirst({ card, onNotYet, onTaken, onClose }: AskFirstProps) {
  return (
    <Dialog
      title="这次药是不是已经服了？"
      actions={
        <>
          <BigButton testId="not-taken-yet" onTap={onNotYet}>
            还没服
          </BigButton>
          {card.can_report ? (
            <BigButton look="plain" testId="taken-before" onTap={onTaken}>
              已经服了，去报告
            </BigButton>
          ) : null}
          <CallDoctor />
          <BigButton look="quiet" testId="ask-first-close" onTap={onClose}>
            返回
          </BigButton>
        </>
      }
    >
      也许已经用别的手机拍过了。已经服过就别再服第二次。
    </Dialog>
  )
}
