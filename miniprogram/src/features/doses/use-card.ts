import { useState } from 'react'
import type { DoseCard } from '@/api/types'
import { useLoad } from '@/api/use-load'
import type { ApiProblem } from '@/lib/problem'
import { fetchDose } from './api'
import { asKnown, rememberedCard } from './memory'

/** One dose, from memory where it is remembered: filming must not wait for a network. */
export function useCard(doseId: string): { card: DoseCard | null; problem: ApiProblem | null } {
  const [remembered] = useState(() => rememberedCard(doseId))
  const fetched = useLoad(async () => remembered ?? asKnown(await fetchDose(doseId)))
  return { card: remembered ?? fetched.data, problem: fetched.problem }
}
