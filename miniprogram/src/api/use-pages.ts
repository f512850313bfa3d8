/** A list that comes page by page: the newest first, older ones on demand, to a line at the end. */
import { useCallback, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/lib/problem'
import { type Loaded, useLoad } from './use-load'

interface ListPage {
  items: unknown[]
  next_cursor: string | null
}

export interface Pages<P extends ListPage> {
  first: Loaded<P>
  items: P['items']
  /** end: older ones were fetched, and there are no more. */
  older: 'none' | 'some' | 'loading' | 'end'
  problemOfOlder: ApiProblem | null
  fetchOlder: () => Promise<void>
  reload: () => Promise<void>
}

interface Older {
  items: unknown[]
  cursor: string | null
  busy: boolean
  problem: ApiProblem | null
}

export function usePages<P extends ListPage>(
  fetchPage: (cursor: string | null) => Promise<P>,
): Pages<P> {
  const first = useLoad(() => fetchPage(null))
  const [older, setOlder] = useState<Older | null>(null)
  const turn = useRef(0)
  const running = useRef(false)
  const cursor = older ? older.cursor : (first.data?.next_cursor ?? null)

  const fetchOlder = async () => {
    if (running.current || !cursor) return
    const mine = turn.current
    running.current = true
    const before = older?.items ?? []
    setOlder({ items: before, cursor, busy: true, problem: null })
    try {
      const page = await fetchPage(cursor)
      if (turn.current !== mine) return // the list was begun anew meanwhile
      const items = [...before, ...page.items]
      setOlder({ items, cursor: page.next_cursor, busy: false, problem: null })
    } catch (error) {
      if (turn.current !== mine) return
      setOlder({ items: before, cursor, busy: false, problem: asProblem(error) })
    } finally {
      if (turn.current === mine) running.current = false
    }
  }

  const again = first.reload
  const reload = useCallback(async () => {
    turn.current += 1
    running.current = false
    setOlder(null)
    await again()
  }, [again])

  const state = older?.busy ? 'loading' : cursor ? 'some' : older ? 'end' : 'none'
  return {
    first,
    items: [...(first.data?.items ?? []), ...(older?.items ?? [])],
    older: state,
    problemOfOlder: older?.problem ?? null,
    fetchOlder,
    reload,
  }
}
