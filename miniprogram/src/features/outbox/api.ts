import { post, uploadFilm } from '@/api/client'
import type { SendApi } from './send'

export const sendApi: SendApi = {
  answerSideEffects: (dose_id, body, key) =>
    post('/api/doses/{dose_id}/side-effects', { path: { dose_id }, body, key }),
  report: (dose_id, body, key) =>
    post('/api/doses/{dose_id}/reports', { path: { dose_id }, body, key }),
  announce: (dose_id, body, key) =>
    post('/api/doses/{dose_id}/recordings', { path: { dose_id }, body, key }),
  upload: uploadFilm,
  confirm: (recording_id, sent_at) =>
    post('/api/recordings/{recording_id}/uploaded', { path: { recording_id }, body: { sent_at } }),
}
