/** The last known state of the day, kept so that the app works with no signal. */
import type { CalendarMonth, DoseCard, Symptom, Today } from '@/api/types'
import { learnTime, trueNow } from '@/lib/clock'
import { forget, recall, remember } from '@/lib/store'
import { addDays, dayOf, setZone } from '@/lib/time'
import { fetchMonth, fetchSymptoms, fetchToday } from './api'
import { codeFor, type Memory, todayFromMemory } from './today'

const TODAY = 'today'
const MONTHS = 'months'
const SYMPTOMS = 'symptoms'
const AHEAD_DAYS = 3

export function memoryOfToday(): Memory {
  const today = recall<Today>(TODAY)
  if (today) setZone(today.zone)
  return { today, months: recall<CalendarMonth[]>(MONTHS) ?? [] }
}

export async function refreshToday(): Promise<Today> {
  const today = await fetchToday()
  setZone(today.zone)
  learnTime(today.now)
  remember(TODAY, today)
  return today
}

/** When somebody else is bound, the doses of the one before are not theirs to film. */
export function forgetDays(): void {
  forget(TODAY)
  forget(MONTHS)
}

/** The coming days' doses, for the days on which there is no signal to ask. */
export async function rememberAhead(on: string): Promise<void> {
  const wanted = new Set([on.slice(0, 7), addDays(on, AHEAD_DAYS).slice(0, 7)])
  const months = await Promise.all([...wanted].map(fetchMonth))
  remember(MONTHS, months)
  remember(SYMPTOMS, await fetchSymptoms())
}

export function rememberedSymptoms(): Symptom[] | null {
  return recall<Symptom[]>(SYMPTOMS)
}

export async function loadSymptoms(): Promise<Symptom[]> {
  try {
    const symptoms = await fetchSymptoms()
    remember(SYMPTOMS, symptoms)
    return symptoms
  } catch (error) {
    const remembered = rememberedSymptoms()
    if (remembered) return remembered
    throw error
  }
}

export function rememberedCard(doseId: string): DoseCard | null {
  const memory = memoryOfToday()
  const view = todayFromMemory(memory, trueNow())
  const cards = [...(view?.doses ?? []), ...(memory.today?.doses ?? [])]
  for (const month of memory.months) for (const day of month.days) cards.push(...day.doses)
  return cards.find((card) => card.dose_id === doseId) ?? null
}

export function rememberedCode(dueOn: string): string {
  return codeFor(memoryOfToday().today?.day_codes ?? [], dueOn)
}

export const todayHere = () => dayOf(trueNow())
