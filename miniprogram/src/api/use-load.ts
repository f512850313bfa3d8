/** Load something when a page opens, say how it went, and load it again on demand. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/lib/problem'

export interface Loaded<T> {
  data: T | null
  problem: ApiProblem | null
  loading: boolean
  reload: () => Promise<void>
}

export function useLoad<T>(load: () => Promise<T>, key = ''): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({
    data: null,
    problem: null,
    loading: true,
  })
  const latest = useRef(load)
  latest.current = load
  const turn = useRef(0)
  const reload = useCallback(async () => {
    turn.current += 1
    const mine = turn.current
    setState((s) => ({ ...s, loading: true }))
    try {
      const data = await latest.current()
      if (turn.current === mine) setState({ data, problem: null, loading: false })
    } catch (error) {
      if (turn.current === mine)
        setState((s) => ({ ...s, problem: asProblem(error), loading: false }))
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when it is another thing to load
  useEffect(() => {
    void reload()
  }, [key, reload])
  return { ...state, reload }
}
