/**
 * A page that asks for more than 今日 may hear first what another phone or the doctor did to a dose
 * of today: kept like what was confirmed to this phone, or 今日 would offer it again after a restart
 * without signal.
 */
import type { CalendarMonth, DoseCard } from '@/api/types'
import { receipts } from '@/offline/use-outbox'
import { fetchDose, fetchMonth } from './api'
import { todayCards } from './memory'
import { aboutOf, receiptOf } from './offline'

/** Of the newer card only what a card of 今日 has: a page's own part may be long, and goes out of date. */
const likeKnown = (card: DoseCard, known: DoseCard): Partial<DoseCard> =>
  Object.fromEntries(Object.entries(card).filter(([field]) => field in known))

function heard(cards: DoseCard[]): void {
  const news = todayCards().flatMap((known) =>
    cards
      .filter((card) => card.dose_id === known.dose_id && card.revision > known.revision)
      .map((card) => receiptOf(aboutOf(card), card.revision, likeKnown(card, known))),
  )
  try {
    receipts.keep(news)
  } catch {
    // A full storage: the page itself has its answer, and the next one tells this again.
  }
}

export async function askMonth(month: string): Promise<CalendarMonth> {
  const answer = await fetchMonth(month)
  heard(answer.days.flatMap(({ doses }) => doses))
  return answer
}

export async function askDose(doseId: string): ReturnType<typeof fetchDose> {
  const answer = await fetchDose(doseId)
  heard([answer])
  return answer
}
