/** What waits on the phone to be sent, and the stages a film goes through. */
import type { Condition, FilmAnnouncement, SelfReport, SideEffectAnswer, Slot } from '@/api/types'

/**
 * saving: the file is being copied · draft: kept, not yet watched and sent · queued: to be sent ·
 * announced: the server knows of it · sent: the bytes are in the storage, the server has yet to look.
 */
export type FilmStage = 'saving' | 'draft' | 'queued' | 'announced' | 'sent'

export interface Refusal {
  type: string
  /** Which of several causes the type has. */
  reason?: string
  words: string
}
interface Waiting {
  /** Also the Idempotency-Key of every attempt. */
  id: string
  /** Whose it is; null when it was kept before the phone knew. */
  person: string | null
  dose_id: string
  due_on: string
  slot: Slot
  created_at: number
  attempts: number
  retry_at: number
  refusal: Refusal | null
}
export interface SideEffectItem extends Waiting {
  kind: 'side-effects'
  body: SideEffectAnswer
  severe: boolean
  /** The conditions whose treatments stand still by it; absent in answers of older versions. */
  stops?: Condition[]
}
export interface ReportItem extends Waiting {
  kind: 'report'
  body: SelfReport
}
export interface FilmItem extends Waiting {
  kind: 'film'
  stage: FilmStage
  body: FilmAnnouncement
  recording_id: string | null
  sent_at: string | null
}
export type OutboxItem = SideEffectItem | ReportItem | FilmItem
export type NewItem =
  | Pick<SideEffectItem, 'kind' | 'dose_id' | 'due_on' | 'slot' | 'body' | 'severe' | 'stops'>
  | Pick<ReportItem, 'kind' | 'dose_id' | 'due_on' | 'slot' | 'body'>
export type NewFilm = Pick<FilmItem, 'dose_id' | 'due_on' | 'slot' | 'body'>

/** Sent again it would be refused again, whatever time passes. */
export function isFinal(refusal: Refusal): boolean {
  return refusal.type === 'film-replaced' || ['settled', 'too-late'].includes(refusal.reason ?? '')
}

const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 300_000

export function waitMs(attempts: number, retryAfterS: number | null): number {
  const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts)
  return Math.max(doubled, (retryAfterS ?? 0) * 1000)
}

/** A shared or newly bound phone holds other people's things too: they wait for their own person. */
export function isOf(person: string | null, item: OutboxItem): boolean {
  return !item.person || item.person === person
}

export function isSendable(item: OutboxItem): boolean {
  if (item.refusal) return false
  return item.kind !== 'film' || !['saving', 'draft'].includes(item.stage)
}

/** The answer about side effects must reach the server before the film or report of that dose. */
export function mustWait(item: OutboxItem, all: OutboxItem[]): boolean {
  if (item.kind === 'side-effects') return false
  return all.some((x) => x.kind === 'side-effects' && x.dose_id === item.dose_id && !x.refusal)
}

export function dueItems(all: OutboxItem[], now: number): OutboxItem[] {
  return all.filter((x) => isSendable(x) && x.retry_at <= now && !mustWait(x, all))
}

export function nextWake(all: OutboxItem[], now: number): number | null {
  const times = all.filter((x) => isSendable(x) && !mustWait(x, all)).map((x) => x.retry_at)
  return times.length > 0 ? Math.max(0, Math.min(...times) - now) : null
}
