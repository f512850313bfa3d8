import { get, post } from '@/api/client'
import type { DoseApi } from './offline'

export const fetchDose = (dose_id: string) => get('/api/doses/{dose_id}', { path: { dose_id } })
export const fetchMonth = (month: string) => get('/api/doses/calendar/{month}', { path: { month } })
export const fetchSymptoms = () => get('/api/doses/symptoms', {})

export const doseApi: DoseApi = {
  answer: (dose_id, body, key) =>
    post('/api/doses/{dose_id}/side-effects', { path: { dose_id }, body, key }),
  report: (dose_id, body, key) =>
    post('/api/doses/{dose_id}/reports', { path: { dose_id }, body, key }),
  announce: (dose_id, body, key) =>
    post('/api/doses/{dose_id}/recordings', { path: { dose_id }, body, key }),
  confirm: (recording_id, sent_at) =>
    post('/api/recordings/{recording_id}/uploaded', { path: { recording_id }, body: { sent_at } }),
}
