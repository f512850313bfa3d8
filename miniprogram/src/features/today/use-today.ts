import { useCallback, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/lib/problem'
import { trueNow } from '@/platform/clock'
import { refreshToday, rememberedToday } from './memory'
import { rememberAhead } from './parts'
import { type TodayView, todayFrom, todayFromMemory } from './today'

export interface TodayState {
  view: TodayView | null
  problem: ApiProblem | null
  loading: boolean
  refresh: () => Promise<void>
}

export function useToday(): TodayState {
  const [view, setView] = useState(() => todayFromMemory(rememberedToday(), trueNow()))
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [loading, setLoading] = useState(true)
  const aheadFor = useRef('')
  const refresh = useCallback(async () => {
    setLoading(true)
    try {
      const today = await refreshToday()
      setView(todayFrom(today, trueNow()))
      setProblem(null)
      if (aheadFor.current !== today.on) {
        aheadFor.current = today.on
        // Only for days without signal: failing here changes nothing that is shown now.
        void rememberAhead(today.on).catch(() => {
          aheadFor.current = ''
        })
      }
    } catch (error) {
      setView(todayFromMemory(rememberedToday(), trueNow()))
      setProblem(asProblem(error))
    }
    setLoading(false)
  }, [])
  return { view, problem, loading, refresh }
}
