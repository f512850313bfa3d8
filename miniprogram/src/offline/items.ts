/** What waits on the phone to be sent, whatever feature it belongs to. */
import type { Attachment } from '@/lib/attachment'

/** saving: its files are being copied · draft: kept, not yet released · queued: to be sent. */
export type Stage = 'saving' | 'draft' | 'queued'

export interface Refusal {
  type: string
  /** Which of several causes the type has. */
  reason?: string
  title?: string
}

export interface KeptFile {
  /** Also its name on the phone; of all but films with the ending of what it is. */
  id: string
  /** None of films: their own words tell it. */
  type?: string
  size: number
  /** Where the camera or the microphone put it: it may be gone after a restart. */
  source: string
  /** There was no room for a copy: it is sent from where it lies. */
  loose?: boolean
}

/** `about` is what the phone shows and decides by, `body` what is sent, `done` how far it came. */
export interface Item<Body = unknown, About = unknown, Done = unknown> {
  v: typeof VERSION
  /** Also the Idempotency-Key of every attempt. */
  id: string
  kind: string
  /** What it is about, as "dose:<id>": one of a kind waits for each. */
  subject: string
  /** Whose it is; null when it was kept before the phone knew. */
  person: string | null
  stage: Stage
  about: About
  body: Body
  done: Done
  files: KeptFile[]
  created_at: number
  /** After this, by the phone's clock, one that was refused or is another's is thrown away. */
  expires_at: number
  attempts: number
  retry_at: number
  refusal: Refusal | null
}
export const VERSION = 2

const ENDINGS: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/webm': 'webm',
}

/** What plays or shows a file goes by the ending of its name. */
export function fileFrom(id: string, { path, contentType }: Attachment): KeptFile {
  const ending = ENDINGS[contentType] ?? 'bin'
  return { id: `${id}.${ending}`, type: contentType, size: 0, source: path }
}

export type NewItem<I extends Item = Item> = Pick<
  I,
  'kind' | 'subject' | 'about' | 'body' | 'done' | 'expires_at'
>

const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 300_000

export function waitMs(attempts: number, retryAfterS: number | null): number {
  const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts)
  return Math.max(doubled, (retryAfterS ?? 0) * 1000)
}

/** A shared or newly bound phone holds other people's things too: they wait for their own person. */
export function isOf(person: string | null, item: Item): boolean {
  return !item.person || item.person === person
}

export function isSendable(item: Item): boolean {
  return item.stage === 'queued' && !item.refusal
}
