import { useEffect, useRef } from 'react'
import { usePages } from '@/api/use-pages'
import { fetchNotices, readNotices } from './api'

/** Lists the notices; those shown count as read from then on, and keep their mark while shown. */
export function useInbox() {
  const pages = usePages(fetchNotices)
  const newest = pages.first.data?.items[0]?.notice_id
  const unread = pages.first.data?.unread ?? 0
  const read = useRef('')
  useEffect(() => {
    if (!newest || unread === 0 || read.current === newest) return
    read.current = newest
    // Failing here only leaves them unread: the next visit tries again.
    void readNotices(newest).catch(() => {
      read.current = ''
    })
  }, [newest, unread])
  return pages
}
