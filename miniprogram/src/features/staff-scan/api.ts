import { post } from '@/api/client'

export const fetchStaffScan = (code: string) => post('/api/staff-scans/lookup', { body: { code } })
export const confirmStaffScan = (code: string, number: string | null) =>
  post('/api/staff-scans/confirm', { body: { code, number } })
