import { get } from './client'

export const fetchMe = () => get('/api/me', {})
