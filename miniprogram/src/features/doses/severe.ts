/** Which treatments a severe symptom stopped, and which go on: by name, as the patient knows them. */
import type { DoseCard } from '@/api/types'
import type { OutboxItem } from '../outbox/items'
import { standingOf } from './standing'

export interface Stopped {
  stopped: string[]
  goingOn: string[]
}

const unsent = () => false

export function stoppedOf(cards: DoseCard[], items: OutboxItem[]): Stopped {
  const answers = items.filter((item) => item.kind === 'side-effects')
  const isStopped = (card: DoseCard) => standingOf(card, answers, unsent).next === 'severe'
  const names = new Set(cards.map((card) => card.treatment_name))
  const stopped = new Set(cards.filter(isStopped).map((card) => card.treatment_name))
  return { stopped: [...stopped], goingOn: [...names].filter((name) => !stopped.has(name)) }
}
