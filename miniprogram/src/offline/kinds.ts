/** What the outbox has to know of each kind of thing that waits: a feature tells it, once. */
import type { ReactElement } from 'react'
import type { UploadTicket } from '@/api/types'
import type { ApiProblem } from '@/lib/problem'
import type { Item, KeptFile, NewItem, Refusal } from './items'
import type { Receipt } from './receipts'

/** What sending one item may do besides asking the server. */
export interface Desk<Done> {
  /** Stores how far it came, before the step that this allows. */
  save: (change: Partial<Done>) => void
  /** Fails with `file-lost` when the phone has it no more. */
  mustHave: (file: KeptFile) => Promise<void>
  upload: (file: KeptFile, ticket: UploadTicket) => Promise<void>
}

export interface Kind<I extends Item = Item, Answer = unknown> {
  name: I['kind']
  /** As the list of what waits calls it. */
  title: (item: I) => string
  /** Which page watches or releases a draft of it; none where it has no drafts. */
  draft?: { words: string; open: (item: I) => void }
  /** What is known of `done` at the moment a draft is released. */
  released?: (item: I) => object
  /** Lower goes first: an alarm before a word, a word before a film, the film that expires first. */
  urgency: (item: I) => number
  /** One attempt, from wherever the last one stopped; the same `item.id` is sent each time. */
  send: (item: I, desk: Desk<I['done']>) => Promise<Answer>
  /** What the server has confirmed with this answer. */
  receipts: (item: I, answer: Answer) => Omit<Receipt, 'person' | 'at'>[]
  /** Whether it must not leave before another has. */
  waitsFor?: (item: I, other: Item) => boolean
  /** Whether a second one of the same subject says something new; else the first stands. */
  isNews?: (waiting: I, wanted: NewItem<I>) => boolean
  /** The answer that stands in a refusal which means: the server has it. Null in any other. */
  answerOf?: (problem: ApiProblem, item: I) => Answer | null
  /** A refusal that goes away by itself. */
  isPassing?: (problem: ApiProblem) => boolean
  /** What has to stand beside the words of a refusal, before anything is done again. */
  besideRefusal?: (item: I, refusal: Refusal) => ReactElement | null
  /** Sent again it would be refused again, whatever time passes. */
  isFinal?: (refusal: Refusal) => boolean
}

/** Makes an item of today's shape out of one that an older version of this app has kept. */
export type Upgrade = (raw: unknown) => Item | null

export class Kinds {
  private readonly kinds = new Map<string, Kind>()
  private readonly upgrades: Upgrade[] = []

  // biome-ignore lint/suspicious/noExplicitAny: each kind is typed by its own item and answer
  register(kinds: Kind<any, any>[], upgrade?: Upgrade): void {
    for (const kind of kinds) this.kinds.set(kind.name, kind as Kind)
    if (upgrade) this.upgrades.push(upgrade)
  }

  /** Null for a kind that only another version of this app knows. */
  of(item: Pick<Item, 'kind'>): Kind | null {
    return this.kinds.get(item.kind) ?? null
  }

  upgraded(raw: unknown): Item | null {
    for (const upgrade of this.upgrades) {
      const item = upgrade(raw)
      if (item) return item
    }
    return null
  }
}

export const kinds = new Kinds()
