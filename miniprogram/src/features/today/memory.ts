/** The server's last answer about the day, kept so that the app works with no signal. */
import type { Today, TodayItem } from '@/api/types'
import { dayOf, setZone } from '@/lib/time'
import { learnTime, trueNow } from '@/platform/clock'
import { forget, recall, remember } from '@/platform/store'
import { fetchToday } from './api'

const TODAY = 'today-items'

export function rememberedToday(): Today | null {
  const today = recall<Today>(TODAY)
  if (today) setZone(today.zone)
  return today
}

export async function refreshToday(): Promise<Today> {
  const answer = await fetchToday()
  setZone(answer.zone)
  learnTime(answer.now)
  const today = keepNewer(answer, recall<Today>(TODAY))
  remember(TODAY, today)
  return today
}

export function forgetToday(): void {
  forget(TODAY)
}

const isSame = (one: TodayItem, other: TodayItem) =>
  one.ref.id === other.ref.id &&
  one.ref.kind === other.ref.kind &&
  one.ref.feature === other.ref.feature

/** An answer that others have overtaken on the way takes no newer item off the screen. */
export function keepNewer(answer: Today, known: Today | null): Today {
  if (known?.on !== answer.on) return answer
  const items = answer.items.map((item) => {
    const before = known.items.find((one) => isSame(one, item))
    return before && before.revision > item.revision ? before : item
  })
  return { ...answer, items }
}

export const todayHere = () => dayOf(trueNow())
