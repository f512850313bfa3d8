/**
 * The question about side effects: at most once a day. Who felt nothing before one dose is not asked
 * again before the next of that day, unless a list was not asked yet or something was felt since.
 */
import type { Condition, DoseCard, Symptom, SymptomCode } from '@/api/types'
import { forget, recall, remember } from '@/platform/store'

const ASKED = 'felt-nothing'
const FELT = 'felt'

interface FeltNothing {
  on: string
  conditions: Condition[]
}

/** A list that was remembered by an older version does not say of whom it is asked. */
const isAskedOf = (symptom: Partial<Pick<Symptom, 'asked_of'>>, conditions: Condition[]) =>
  !symptom.asked_of || symptom.asked_of.some((one) => conditions.includes(one))

export const symptomsFor = (symptoms: Symptom[], conditions: Condition[]): Symptom[] =>
  symptoms.filter((symptom) => isAskedOf(symptom, conditions))

/** Of which conditions it is asked: those of all doses of that day, so that once is enough. */
export function conditionsOn(card: DoseCard, known: DoseCard[]): Condition[] {
  const ofDay = known.filter((one) => one.due_on === card.due_on)
  return [...new Set([card, ...ofDay].map((one) => one.condition))]
}

export function rememberAnswer(on: string, conditions: Condition[], felt: SymptomCode[]): void {
  forgetAnswer()
  if (felt.length > 0) remember<SymptomCode[]>(FELT, felt)
  else remember<FeltNothing>(ASKED, { on, conditions })
}

/** What was felt last: the red page can be opened again later, when the answer has long been sent. */
export const lastFelt = (): SymptomCode[] => recall<SymptomCode[]>(FELT) ?? []

export function forgetAnswer(): void {
  forget(ASKED)
  forget(FELT)
}

export function feltNothing(card: Pick<DoseCard, 'due_on' | 'condition'>): boolean {
  const asked = recall<FeltNothing>(ASKED)
  return asked?.on === card.due_on && asked.conditions.includes(card.condition)
}
