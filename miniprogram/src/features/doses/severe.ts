/** Which treatments a severe symptom stopped, and which go on: by name, as the patient knows them. */
import type { DoseCard, DoseState, Symptom } from '@/api/types'
import { plainName } from '@/lib/plain-name'
import type { Item } from '@/offline/items'
import { standingOf } from './standing'

/** Whether 120 comes first: by the advice of what was felt, and wherever that is not known. */
export function isEmergency(felt: Pick<Symptom, 'advice'>[]): boolean {
  return felt.length === 0 || felt.some((symptom) => symptom.advice.includes('120'))
}

export interface Stopped {
  stopped: string[]
  goingOn: string[]
}

const ASKED_FOR: DoseState[] = ['upcoming', 'open']
const unsent = () => false
const namesOf = (cards: DoseCard[]) => [
  ...new Set(cards.map((card) => plainName(card.treatment_name))),
]

export function stoppedOf(cards: DoseCard[], items: Item[]): Stopped {
  const answers = items.filter((item) => item.kind === 'side-effects')
  const isStopped = (card: DoseCard) => standingOf(card, answers, unsent).next === 'severe'
  const stopped = namesOf(cards.filter(isStopped))
  // What a doctor paused or ended is neither: nobody may read here that it is to be taken.
  const asked = namesOf(cards.filter((card) => ASKED_FOR.includes(card.state)))
  return { stopped, goingOn: asked.filter((name) => !stopped.includes(name)) }
}
