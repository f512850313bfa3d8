import { get } from '@/api/client'

export const fetchToday = () => get('/api/today', {})
