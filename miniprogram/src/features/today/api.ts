import { get } from '@/api/client'

export const fetchToday = () => get('/api/today', {})
export const fetchMonth = (month: string) => get('/api/calendar/{month}', { path: { month } })
export const fetchSymptoms = () => get('/api/symptoms', {})
