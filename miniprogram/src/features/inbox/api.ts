import { get, post } from '@/api/client'

export const fetchNotices = (cursor: string | null) =>
  get('/api/notices', cursor ? { query: { cursor } } : {})
/** The least of a page: only the number of unread ones is wanted. */
export const fetchUnread = async () => (await get('/api/notices', { query: { limit: 1 } })).unread
export const readNotices = (until: string) => post('/api/notices/read', { body: { until } })
