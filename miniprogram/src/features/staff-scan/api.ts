import { get, post } from '@/api/client'

export const fetchStaffScan = (code: string) => get('/api/staff-scans/{code}', { path: { code } })
export const confirmStaffScan = (code: string) =>
  post('/api/staff-scans/{code}/confirm', { path: { code } })
