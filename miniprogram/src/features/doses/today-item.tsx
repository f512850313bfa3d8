import type { DoseItem } from '@/api/types'
import { useOutbox } from '@/features/outbox/use-outbox'
import type { TodayPart } from '@/features/today/part'
import { hasBegun, isOver, itemOf, movedOn } from './card-state'
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
  movedOn: (item, now) => itemOf(movedOn(item.dose, now), now),
  itemsOn,
  isWorking: (item) => item.dose.state === 'processing',
  rememberAhead,
  forget: forgetMonths,
}
