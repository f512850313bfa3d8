/** What medication leaves on the phone until the server has it: answers, words, films. */
import { createElement, type ReactElement } from 'react'
import type {
  Condition,
  DoseCard,
  FilmAnnouncement,
  FilmTicket,
  SelfReport,
  SideEffectAnswer,
  SideEffectResult,
  Slot,
} from '@/api/types'
import { ApiProblem } from '@/lib/problem'
import { addDays, dayWords, instantOf } from '@/lib/time'
import { type Item, type Refusal, VERSION } from '@/offline/items'
import type { Desk, Kind } from '@/offline/kinds'
import type { Receipt } from '@/offline/receipts'
import { isoNow, trueNow } from '@/platform/clock'
import { open } from '@/platform/navigation'
import { NoSecondDose } from './no-second-dose'
import { slotWords } from './words'

export interface AboutDose {
  dose_id: string
  due_on: string
  slot: Slot
  /** As far as it was known. */
  closes_at: string
}
export interface AboutAnswer extends AboutDose {
  severe: boolean
  /** The conditions whose treatments stand still by it. */
  stops: Condition[]
}
export interface FilmDone {
  recording_id: string | null
  /** When the person released it. */
  sent_at: string | null
  /** The bytes are in the storage, the server has yet to look. */
  uploaded: boolean
}
export type AnswerItem = Item<SideEffectAnswer, AboutAnswer, null> & { kind: 'side-effects' }
export type ReportItem = Item<SelfReport, AboutDose, null> & { kind: 'report' }
export type FilmItem = Item<FilmAnnouncement, AboutDose, FilmDone> & { kind: 'film' }
export type OwedItem = AnswerItem | ReportItem | FilmItem

export interface DoseApi {
  answer: (doseId: string, body: SideEffectAnswer, key: string) => Promise<SideEffectResult>
  report: (doseId: string, body: SelfReport, key: string) => Promise<DoseCard>
  announce: (doseId: string, body: FilmAnnouncement, key: string) => Promise<FilmTicket>
  confirm: (
    recordingId: string,
    sentAt: string,
  ) => Promise<Pick<FilmTicket, 'state' | 'dose_revision'>>
}

const KINDS = ['side-effects', 'report', 'film']
export const owedOf = (items: Item[]): OwedItem[] =>
  items.filter((item) => KINDS.includes(item.kind)) as OwedItem[]

export const subjectOf = (doseId: string): string => `dose:${doseId}`

/** As long as the server takes anything in for a dose, and a week to read what became of it. */
const KEPT_MS = (3 + 7) * 86_400_000
const keptUntil = (about: AboutDose): number => instantOf(about.closes_at) + KEPT_MS

export function aboutOf(card: DoseCard): AboutDose {
  const { dose_id, due_on, slot, closes_at } = card
  return { dose_id, due_on, slot, closes_at }
}

/** What `outbox.add` and `outbox.keep` take. */
export function newItem<I extends OwedItem>(
  kind: I['kind'],
  about: I['about'],
  body: I['body'],
  done: I['done'],
) {
  return {
    kind,
    subject: subjectOf(about.dose_id),
    about,
    body,
    done,
    expires_at: keptUntil(about),
  }
}

const titleOf =
  (what: string) =>
  ({ about }: OwedItem): string =>
    `${dayWords(about.due_on)} ${slotWords[about.slot]} · ${what}`

type Made = Omit<Receipt, 'person' | 'at'>

export function receiptOf(about: AboutDose, revision: number, change: Partial<DoseCard>): Made {
  const subject = subjectOf(about.dose_id)
  return { subject, revision, change, expires_at: keptUntil(about) }
}

const DELIVERED_FILM = {
  state: 'processing',
  can_film: false,
  can_report: false,
  side_effects_answered: true,
} as const
const ANSWERED = { side_effects_answered: true } as const

const answersBy = (api: DoseApi): Kind<AnswerItem, SideEffectResult> => ({
  name: 'side-effects',
  title: titleOf('不舒服的回答'),
  urgency: (item) => (item.about.severe ? 0 : 1),
  send: ({ id, about, body }) => api.answer(about.dose_id, body, id),
  receipts: ({ about }, { doses }) =>
    doses.map(({ dose_id, revision, ...change }) =>
      receiptOf({ ...about, dose_id }, revision, { ...change, ...ofAnswered(dose_id, about) }),
    ),
  // A milder answer that follows a severe one is news, too: the doctor reads both.
  isNews: (waiting, wanted) =>
    [...waiting.body.symptoms].sort().join() !== [...wanted.body.symptoms].sort().join(),
})
const ofAnswered = (doseId: string, about: AboutDose) => (doseId === about.dose_id ? ANSWERED : {})

/** The answer about side effects must reach the server before the film or word of that dose. */
const waitsForAnswer = (item: OwedItem, other: Item): boolean =>
  other.kind === 'side-effects' && other.subject === item.subject

const reportsBy = (api: DoseApi): Kind<ReportItem, DoseCard> => ({
  name: 'report',
  title: titleOf('自己报告'),
  urgency: () => 2,
  send: ({ id, about, body }) => api.report(about.dose_id, body, id),
  receipts: ({ about }, { revision, ...change }) => [receiptOf(about, revision, change)],
  waitsFor: waitsForAnswer,
})

/** In these states the server has the film, and the phone need not keep it. */
const RECEIVED: FilmTicket['state'][] = ['uploaded', 'processing', 'ready', 'unusable']

/** Another phone's film of the same dose takes the place of one that had not arrived. */
function mustBeReceived(state: FilmTicket['state']): void {
  if (RECEIVED.includes(state)) return
  const type = state === 'abandoned' ? 'film-replaced' : 'storage-refused'
  throw new ApiProblem({ type, title: '', status: 409 })
}

/** The revision of the dose that the server told with the film. */
async function sendFilm(api: DoseApi, item: FilmItem, desk: Desk<FilmDone>): Promise<number> {
  const [file] = item.files
  if (!file) throw new ApiProblem({ type: 'file-lost', title: '', status: 410 })
  if (item.done.recording_id && item.done.uploaded) {
    return confirm(api, item.done.recording_id, item, desk)
  }
  // A film that is gone must not be announced: the doctor would wait for it in vain.
  if (!item.done.recording_id) await desk.mustHave(file)
  const body = { ...item.body, size: file.size }
  const ticket = await api.announce(item.about.dose_id, body, item.id)
  desk.save({ recording_id: ticket.recording_id })
  if (!ticket.upload) {
    mustBeReceived(ticket.state)
    return ticket.dose_revision
  }
  await desk.upload(file, ticket.upload)
  desk.save({ uploaded: true })
  return confirm(api, ticket.recording_id, item, desk)
}

async function confirm(
  api: DoseApi,
  recordingId: string,
  item: FilmItem,
  desk: Desk<FilmDone>,
): Promise<number> {
  try {
    const film = await api.confirm(recordingId, item.done.sent_at ?? item.body.captured_at)
    mustBeReceived(film.state)
    return film.dose_revision
  } catch (error) {
    const missing = error instanceof ApiProblem && error.type === 'upload-not-found'
    if (missing) desk.save({ uploaded: false })
    throw error
  }
}

/** With these the person may think of filming once more. */
const FILM_AGAIN = [
  'file-lost',
  'film-too-large',
  'film-too-long',
  'idempotency-mismatch',
  'unexpected',
]
const WORD_MS = 86_400_000

function besideRefusal({ about }: FilmItem, refusal: Refusal): ReactElement | null {
  if (!FILM_AGAIN.includes(refusal.type)) return null
  const can_report = trueNow() < instantOf(about.closes_at) + WORD_MS
  return createElement(NoSecondDose, { card: { dose_id: about.dose_id, can_report } })
}

const filmsBy = (api: DoseApi): Kind<FilmItem, number> => ({
  name: 'film',
  title: titleOf('服药视频'),
  draft: {
    words: '拍好了还没发：看一看再发送',
    open: (item) => open('preview', { item: item.id }),
  },
  released: () => ({ sent_at: isoNow() }),
  // The one whose time to arrive ends first.
  urgency: ({ about }) => 10 + instantOf(about.closes_at) / 1e13,
  send: (item, desk) => sendFilm(api, item, desk),
  receipts: ({ about }, revision) => [receiptOf(about, revision, DELIVERED_FILM)],
  waitsFor: waitsForAnswer,
  answerOf: ({ type, told }) => {
    const revision = type === 'film-already-sent' ? told.dose_revision : null
    return typeof revision === 'number' ? revision : null
  },
  isPassing: (problem) => ['storage-refused', 'upload-not-found'].includes(problem.type),
  besideRefusal,
  isFinal: (refusal: Refusal) =>
    refusal.type === 'film-replaced' || ['settled', 'too-late'].includes(refusal.reason ?? ''),
})

// biome-ignore lint/suspicious/noExplicitAny: each is typed by its own item and answer
export const doseKinds = (api: DoseApi): Kind<any, any>[] => [
  answersBy(api),
  reportsBy(api),
  filmsBy(api),
]

interface OldItem {
  id: string
  person: string | null
  kind: string
  dose_id: string
  due_on: string
  slot: Slot
  body: unknown
  created_at: number
  refusal: Refusal | null
  stage?: 'saving' | 'draft' | 'queued' | 'announced' | 'sent'
  recording_id?: string | null
  sent_at?: string | null
  severe?: boolean
  stops?: Condition[]
}

/** What the first version of this app had kept: everything of a dose lay beside the item. */
export function upgradedDoseItem(raw: unknown): Item | null {
  const old = raw as OldItem
  if (!KINDS.includes(old.kind) || !old.dose_id) return null
  const { id, person, kind, dose_id, due_on, slot, body, created_at, refusal } = old
  // Its window was not kept: it had closed by the next morning.
  const about = {
    dose_id,
    due_on,
    slot,
    closes_at: `${addDays(due_on, 1)}T03:00:00+08:00`,
  }
  const times = { created_at, expires_at: keptUntil(about), attempts: 0, retry_at: 0 }
  const base = {
    v: VERSION,
    id,
    person,
    kind,
    subject: subjectOf(dose_id),
    body,
    refusal,
    ...times,
  }
  if (kind !== 'film') {
    const answered = { ...about, severe: old.severe ?? false, stops: old.stops ?? [] }
    return { ...base, stage: 'queued', about: answered, done: null, files: [] } as Item
  }
  const { size } = body as FilmAnnouncement
  const stage = old.stage === 'saving' || old.stage === 'draft' ? old.stage : 'queued'
  const done: FilmDone = {
    recording_id: old.recording_id ?? null,
    sent_at: old.sent_at ?? null,
    uploaded: old.stage === 'sent',
  }
  return { ...base, stage, about, done, files: [{ id, size, source: '' }] } as Item
}
