import { useCallback, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/lib/problem'
import { useOutbox } from '@/offline/use-outbox'
import { trueNow } from '@/platform/clock'
import { refreshToday, rememberedToday } from './memory'
import { rememberAhead } from './parts'
import { type TodayView, todayFrom, todayFromMemory, withConfirmed } from './today'

export interface TodayState {
  view: TodayView | null
  problem: ApiProblem | null
  loading: boolean
  refresh: () => Promise<void>
}

export function useToday(): TodayState {
  useOutbox() // draws again when something was confirmed
  const [known, setView] = useState(() => todayFromMemory(rememberedToday(), trueNow()))
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
  const view = known && withConfirmed(known, trueNow())
  return { view, problem, loading, refresh }
}
