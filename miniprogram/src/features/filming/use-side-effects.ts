import { useState } from 'react'
import type { DoseCard, Symptom, SymptomCode } from '@/api/types'
import { type AnswerItem, aboutOf, newItem } from '@/features/doses'
import { theOutbox } from '@/offline/use-outbox'
import { isoNow } from '@/platform/clock'
import { replace } from '@/platform/navigation'

export function useSideEffects(card: DoseCard | null, symptoms: Symptom[], openedAt: string) {
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
    if (severe) replace('severe', { dose_id, item, symptoms: chosen.join(',') })
    else replace('camera', { dose_id, opened_at: openedAt })
  }
  return { chosen, severe, toggle, submit }
}
