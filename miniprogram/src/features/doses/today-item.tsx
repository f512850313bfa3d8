import type { DoseCard, DoseItem, TodayItem } from '@/api/types'
import type { TodayPart } from '@/features/today'
import { useOutbox } from '@/offline/use-outbox'
import { trueNow } from '@/platform/clock'
import { forgetAnswer } from './asked'
import { hasBegun, isOver, itemOf, movedOn } from './card-state'
import { confirmed } from './confirmed'
import { DoseCardView } from './dose-card'
import { LaterLine } from './later-line'
import { forgetMonths, monthCards, rememberAhead } from './memory'
import { isForLater } from './offered'

/** Doses of the day, and those of another whose window is still open. */
function itemsOn(on: string, now: number): DoseItem[] {
  return monthCards()
    .filter((card) => card.due_on === on || (hasBegun(card, now) && !isOver(card, now)))
    .map((card) => itemOf(movedOn(card, now), now))
}

export function dosesOf(all: TodayItem[]): DoseCard[] {
  return all.filter((one): one is DoseItem => one.kind === 'dose').map((one) => one.dose)
}

interface DoseTodayCardProps {
  item: DoseItem
  today: string
  all: TodayItem[]
}

function DoseTodayCard({ item, today, all }: DoseTodayCardProps) {
  const outbox = useOutbox()
  if (isForLater(item.dose, dosesOf(all), outbox.all(), trueNow())) {
    return <LaterLine card={item.dose} />
  }
  return <DoseCardView card={item.dose} today={today} outbox={outbox} />
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
