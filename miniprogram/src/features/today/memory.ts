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

let asked = 0
let heard = 0
let newest: Today | null = null

export async function refreshToday(): Promise<Today> {
  asked += 1
  const turn = asked
  try {
    const answer = await fetchToday()
    return turn < heard ? lateAnswer(answer) : newAnswer(answer, turn)
  } catch (error) {
    // What was asked later has been answered: this silence is of no interest any more.
    if (turn < heard && newest) return newest
    throw error
  }
}

function newAnswer(answer: Today, turn: number): Today {
  heard = turn
  setZone(answer.zone)
  learnTime(answer.now)
  return known(keepNewer(answer, recall<Today>(TODAY)))
}

/** Overtaken on its way: neither its list nor its hour is the latest, at most one of its items. */
function lateAnswer(answer: Today): Today {
  if (!newest) return answer
  const others = answer.on === newest.on ? answer.items : []
  return known(keepNewer(newest, { ...answer, on: newest.on, items: others }))
}

function known(today: Today): Today {
  newest = today
  remember(TODAY, today)
  return today
}

/** Of another person nothing is waited for, either. */
export function forgetToday(): void {
  forget(TODAY)
  newest = null
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
