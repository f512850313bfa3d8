import { get } from '@/api/client'

export const fetchDose = (dose_id: string) => get('/api/doses/{dose_id}', { path: { dose_id } })
export const fetchMonth = (month: string) => get('/api/doses/calendar/{month}', { path: { month } })
export const fetchSymptoms = () => get('/api/doses/symptoms', {})
