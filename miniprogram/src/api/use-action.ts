/** One thing a button does: never twice at once, and its failure is kept to be shown. */
import { useCallback, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/lib/problem'
import { underWay } from '@/platform/navigation'

export interface Action {
  run: () => Promise<void>
  busy: boolean
  problem: ApiProblem | null
}

export function useAction(work: () => Promise<void>): Action {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const running = useRef(false)
  const latest = useRef(work)
  latest.current = work
  const run = useCallback(async () => {
    // What is done while no way can be gone would leave the person here, to do it again.
    if (running.current || underWay()) return
    running.current = true
    const before = underWay()
    setBusy(true)
    setProblem(null)
    try {
      await latest.current()
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      // A button that leads away stays busy until its page is gone.
      const way = underWay()
      if (way !== before) await way
      running.current = false
      setBusy(false)
    }
  }, [])
  return { run, busy, problem }
}
