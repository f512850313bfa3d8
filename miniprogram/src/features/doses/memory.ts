/** The doses of the months around now and the symptoms to ask for, kept for days with no signal. */
import type { CalendarMonth, DoseCard, Symptom } from '@/api/types'
import { rememberedToday } from '@/features/today'
import { addDays } from '@/lib/time'
import { trueNow } from '@/platform/clock'
import { forget, recall, remember } from '@/platform/store'
import { fetchMonth, fetchSymptoms } from './api'
import { movedOn } from './card-state'
import { confirmed } from './confirmed'

const MONTHS = 'dose-months'
const SYMPTOMS = 'symptoms'
/** As many as the server hands out codes for. */
const AHEAD_DAYS = 3

export function rememberedMonths(): CalendarMonth[] {
  return recall<CalendarMonth[]>(MONTHS) ?? []
}

export function forgetMonths(): void {
  forget(MONTHS)
}

/** The coming days' doses, each with its code, for the days on which there is nobody to ask. */
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

/** A card of an answer with what was confirmed to this phone, or heard by 今日, since it was made. */
export function asKnown<C extends DoseCard>(card: C, heard = todayCards()): C {
  const other = heard.find((one) => one.dose_id === card.dose_id)
  return other && other.revision > card.revision ? { ...card, ...other } : confirmed(card)
}

export function monthAsKnown(month: CalendarMonth): CalendarMonth {
  const heard = todayCards()
  const newest = (card: DoseCard) => asKnown(card, heard)
  return { ...month, days: month.days.map((day) => ({ ...day, doses: day.doses.map(newest) })) }
}

/** What 今日 has heard of a dose since the month was remembered is newer. */
export function monthCards(): DoseCard[] {
  const heard = todayCards()
  const newest = (card: DoseCard) => {
    const other = heard.find((one) => one.dose_id === card.dose_id)
    return other && other.revision >= card.revision ? other : confirmed(card)
  }
  return rememberedMonths().reduce<DoseCard[]>(
    (cards, month) => cards.concat(...month.days.map((day) => day.doses.map(newest))),
    [],
  )
}

export function todayCards(): DoseCard[] {
  const items = rememberedToday()?.items ?? []
  return items.filter((item) => item.kind === 'dose').map((item) => confirmed(item.dose))
}

/** What is known of doses from this day on; a dose may be there twice. */
export function cardsFrom(on: string): DoseCard[] {
  return [...todayCards(), ...monthCards()].filter((card) => card.due_on >= on)
}

/** The newest that is known of a dose; of two alike the one of 今日, which was asked for last. */
export function rememberedCard(doseId: string): DoseCard | null {
  const known = [...todayCards(), ...monthCards()].filter((card) => card.dose_id === doseId)
  const [first, ...others] = known
  if (!first) return null
  const newest = others.reduce((a, b) => (b.revision > a.revision ? b : a), first)
  return movedOn(newest, trueNow())
}
