import { get } from '@/api/client'

export const fetchDose = (dose_id: string) => get('/api/doses/{dose_id}', { path: { dose_id } })
