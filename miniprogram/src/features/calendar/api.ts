import { get } from '@/api/client'

export const fetchAdherence = () => get('/api/doses/adherence', {})
