/** A list that comes page by page: the newest first, older ones on demand. */
import { useCallback, useState } from 'react'
import { type Action, useAction } from './use-action'
import { type Loaded, useLoad } from './use-load'

interface ListPage {
  items: unknown[]
  next_cursor: string | null
}

export interface Pages<P extends ListPage> {
  first: Loaded<P>
  items: P['items']
  /** Null when there is nothing older. */
  more: Action | null
  problemOfMore: Action['problem']
  reload: () => Promise<void>
}

export function usePages<P extends ListPage>(
  fetchPage: (cursor: string | null) => Promise<P>,
): Pages<P> {
  const first = useLoad(() => fetchPage(null))
  const [older, setOlder] = useState<ListPage | null>(null)
  const next = older ? older.next_cursor : (first.data?.next_cursor ?? null)
  const more = useAction(async () => {
    const page = await fetchPage(next)
    setOlder({ items: [...(older?.items ?? []), ...page.items], next_cursor: page.next_cursor })
  })
  const again = first.reload
  const reload = useCallback(async () => {
    setOlder(null)
    await again()
  }, [again])
  const items = [...(first.data?.items ?? []), ...(older?.items ?? [])]
  return { first, items, more: next ? more : null, problemOfMore: more.problem, reload }
}
