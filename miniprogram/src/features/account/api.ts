import { get, post } from '@/api/client'

export const fetchEnding = () => get('/api/me/ending', {})
export const fetchViews = (cursor: string | null) =>
  get('/api/me/views', cursor ? { query: { cursor } } : {})
export const fetchExport = () => get('/api/me/export', {})
export const closeAccount = () => post('/api/me/close', { body: { confirm: true } })
