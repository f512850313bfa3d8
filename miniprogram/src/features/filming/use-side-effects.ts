import { useState } from 'react'
import type { DoseCard, Symptom, SymptomCode } from '@/api/types'
import { outbox } from '@/features/outbox/use-outbox'
import { isoNow } from '@/lib/clock'
import { replace } from '@/lib/navigation'

export function useSideEffects(card: DoseCard | null, symptoms: Symptom[], openedAt: string) {
  const [chosen, setChosen] = useState<SymptomCode[]>([])
  const severe = symptoms.some((symptom) => symptom.severe && chosen.includes(symptom.code))
  const toggle = (code: SymptomCode) =>
    setChosen(chosen.includes(code) ? chosen.filter((x) => x !== code) : [...chosen, code])

  const submit = async () => {
    if (!card) return
    const { dose_id, due_on, slot } = card
    const body = { symptoms: chosen, note: null, reported_at: isoNow() }
    const felt = symptoms.filter((symptom) => chosen.includes(symptom.code))
    const stops = [...new Set(felt.flatMap((symptom) => symptom.stops))]
    const item = outbox.add({ kind: 'side-effects', dose_id, due_on, slot, body, severe, stops })
    if (severe) replace('severe', { dose_id, item, symptoms: chosen.join(',') })
    else replace('camera', { dose_id, opened_at: openedAt })
  }
  return { chosen, severe, toggle, submit }
}
