import type { DoseItem } from '@/api/types'
import type { TodayPart } from '@/features/today'
import { useOutbox } from '@/offline/use-outbox'
import { forgetAnswer } from './asked'
import { hasBegun, isOver, itemOf, movedOn } from './card-state'
import { confirmed } from './confirmed'
import { DoseCardView } from './dose-card'
import { forgetMonths, monthCards, rememberAhead } from './memory'

/** Doses of the day, and those of another whose window is still open. */
function itemsOn(on: string, now: number): DoseItem[] {
  return monthCards()
    .filter((card) => card.due_on === on || (hasBegun(card, now) && !isOver(card, now)))
    .map((card) => itemOf(movedOn(card, now), now))
}

function DoseTodayCard({ item, today }: { item: DoseItem; today: string }) {
  return <DoseCardView card={item.dose} today={today} outbox={useOutbox()} />
}

export const dosePart: TodayPart<DoseItem> = {
  Card: DoseTodayCard,
  confirmed: (item, now) => {
    const card = confirmed(item.dose)
    return card === item.dose ? item : itemOf(card, now)
  },
  movedOn: (item, now) => itemOf(movedOn(item.dose, now), now),
  itemsOn,
  isWorking: (item) => item.dose.state === 'processing',
  rememberAhead,
  forget: () => {
    forgetMonths()
    forgetAnswer()
  },
}
