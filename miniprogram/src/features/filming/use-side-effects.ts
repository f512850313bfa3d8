import { useState } from 'react'
import type { DoseCard, Symptom, SymptomCode } from '@/api/types'
import { type AnswerItem, aboutOf, conditionsOn, newItem, rememberAnswer } from '@/features/doses'
import { theOutbox } from '@/offline/use-outbox'
import { isoNow } from '@/platform/clock'
import { replace, toTab } from '@/platform/navigation'

interface Asked {
  card: DoseCard | null
  /** Every dose that is known of that day. */
  known: DoseCard[]
  symptoms: Symptom[]
  /** When the way to the camera began; empty where the question was opened for itself. */
  openedAt: string
}

export function useSideEffects({ card, known, symptoms, openedAt }: Asked) {
  const [chosen, setChosen] = useState<SymptomCode[]>([])
  const severe = symptoms.some((symptom) => symptom.severe && chosen.includes(symptom.code))
  const toggle = (code: SymptomCode) =>
    setChosen(chosen.includes(code) ? chosen.filter((x) => x !== code) : [...chosen, code])

  const submit = async () => {
    if (!card) return
    const { dose_id } = card
    const body = { symptoms: chosen, note: null, reported_at: isoNow() }
    const felt = symptoms.filter((symptom) => chosen.includes(symptom.code))
    const stops = [...new Set(felt.flatMap((symptom) => symptom.stops))]
    const about = { ...aboutOf(card), severe, stops }
    const item = theOutbox().add(newItem<AnswerItem>('side-effects', about, body, null))
    rememberAnswer(card.due_on, conditionsOn(card, known), chosen)
    if (severe) replace('severe', { dose_id, item, symptoms: chosen.join(',') })
    else if (openedAt) replace('camera', { dose_id, opened_at: openedAt })
    else toTab('today')
  }
  return { chosen, severe, toggle, submit }
}
