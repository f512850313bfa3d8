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

function heard(cards: DoseCard[]): void {
  const known = todayCards()
  const news = cards.filter((card) =>
    known.some((one) => one.dose_id === card.dose_id && one.revision < card.revision),
  )
  try {
    receipts.keep(news.map((card) => receiptOf(aboutOf(card), card.revision, card)))
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
