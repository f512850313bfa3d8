/** How one waiting item reaches the server: one attempt, from whichever stage it stands at. */
import { ApiProblem } from '@/api/problem'
import type {
  FilmAnnouncement,
  FilmTicket,
  SelfReport,
  SideEffectAnswer,
  UploadTicket,
} from '@/api/types'
import type { FilmItem, OutboxItem } from './items'

export interface SendApi {
  answerSideEffects: (doseId: string, body: SideEffectAnswer, key: string) => Promise<unknown>
  report: (doseId: string, body: SelfReport, key: string) => Promise<unknown>
  announce: (doseId: string, body: FilmAnnouncement, key: string) => Promise<FilmTicket>
  upload: (ticket: UploadTicket, url: string, onPercent: (p: number) => void) => Promise<void>
  confirm: (recordingId: string, sentAt: string) => Promise<Pick<FilmTicket, 'state'>>
}
export interface Desk {
  api: SendApi
  files: { filmUrl: (id: string) => Promise<string | null> }
  find: (id: string) => OutboxItem | undefined
  patchFilm: (id: string, change: Partial<FilmItem>) => FilmItem
  progress: (id: string, percent: number) => void
}

/** In these states the server has the film, and the phone need not keep it. */
const RECEIVED: FilmTicket['state'][] = ['uploaded', 'processing', 'ready', 'unusable']

export async function sendItem(id: string, desk: Desk): Promise<void> {
  const item = desk.find(id)
  if (!item) return
  switch (item.kind) {
    case 'side-effects':
      await desk.api.answerSideEffects(item.dose_id, item.body, item.id)
      return
    case 'report':
      await desk.api.report(item.dose_id, item.body, item.id)
      return
    case 'film':
      await sendFilm(item, desk)
  }
}

async function sendFilm(item: FilmItem, desk: Desk): Promise<void> {
  if (item.stage !== 'sent') {
    // A film that is gone must not be announced: the doctor would wait for it in vain.
    if (item.stage === 'queued') await pathOf(item, desk)
    const ticket = await desk.api.announce(item.dose_id, item.body, item.id)
    desk.patchFilm(item.id, { stage: 'announced', recording_id: ticket.recording_id })
    if (!ticket.upload) return mustBeReceived(ticket.state)
    await uploadBytes(item, ticket.upload, desk)
  }
  await confirm(item.id, desk)
}

/** Another phone's film of the same dose takes the place of one that had not arrived. */
function mustBeReceived(state: FilmTicket['state']): void {
  if (RECEIVED.includes(state)) return
  const type = state === 'abandoned' ? 'film-replaced' : 'storage-refused'
  throw new ApiProblem({ type, title: '', status: 409 })
}

async function uploadBytes(item: FilmItem, ticket: UploadTicket, desk: Desk): Promise<void> {
  const url = await pathOf(item, desk)
  desk.progress(item.id, 0)
  await desk.api.upload(ticket, url, (percent) => desk.progress(item.id, percent))
  desk.progress(item.id, 100)
  desk.patchFilm(item.id, { stage: 'sent' })
}

async function pathOf(item: FilmItem, desk: Desk): Promise<string> {
  const url = await desk.files.filmUrl(item.id)
  if (url) return url
  throw new ApiProblem({ type: 'film-lost', title: '', status: 410 })
}

async function confirm(id: string, desk: Desk): Promise<void> {
  const item = desk.find(id)
  if (item?.kind !== 'film' || !item.recording_id) return
  try {
    const sentAt = item.sent_at ?? item.body.captured_at
    mustBeReceived((await desk.api.confirm(item.recording_id, sentAt)).state)
  } catch (error) {
    const missing = error instanceof ApiProblem && error.type === 'upload-not-found'
    if (missing) desk.patchFilm(id, { stage: 'announced' })
    throw error
  }
}
