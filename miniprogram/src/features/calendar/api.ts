import { get } from '@/api/client'

export const fetchMonth = (month: string) => get('/api/calendar/{month}', { path: { month } })
export const fetchAdherence = () => get('/api/adherence', {})
