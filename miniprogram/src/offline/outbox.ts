/**
 * The ordered, persistent list of what the phone still owes the server. Every change is stored
 * before the step it allows, so that a phone that dies anywhere goes on from there.
 */
import type { Attachment } from '@/lib/attachment'
import {
  fileFrom,
  type Item,
  isOf,
  isSendable,
  type KeptFile,
  type NewItem,
  VERSION,
} from './items'
import { Keeping, type KeepingDeps } from './keeping'
import { Sender, type SenderDeps } from './sender'
import { Shelf, type ShelfDeps } from './shelf'

export interface OutboxDeps extends ShelfDeps, KeepingDeps, SenderDeps {
  newId: () => string
}

export class Outbox {
  private readonly shelf: Shelf
  private readonly keeping: Keeping
  private readonly sender: Sender

  constructor(private readonly deps: OutboxDeps) {
    this.shelf = new Shelf(deps)
    this.keeping = new Keeping(deps, this.shelf)
    this.sender = new Sender(deps, this.shelf, this.keeping)
  }

  all = (): Item[] => this.shelf.own()
  find = (id: string): Item | undefined => this.shelf.find(id)
  percentOf = (id: string): number | null => this.sender.percentOf(id)
  isSending = (id: string): boolean => this.sender.isSending(id)
  /** Whether a file is on its way: leaving now would mean to begin again. */
  isUploading = (): boolean => this.all().some((item) => this.sender.percentOf(item.id) !== null)
  subscribe = (listener: () => void): (() => void) => this.shelf.subscribe(listener)

  /** How many things wait that only a newer version of this app can send. */
  get unknown(): number {
    return this.shelf.unknown
  }

  /** Puts something in the list and starts to send it; one that says nothing new is not added. */
  add(wanted: NewItem): string {
    const waiting = this.standingBefore(wanted)
    if (waiting) return waiting.id
    const item = this.fresh(wanted, 'queued')
    this.shelf.add(item)
    this.sender.drain()
    return item.id
  }

  private standingBefore(wanted: NewItem): Item | undefined {
    const kind = this.deps.kinds.of(wanted)
    const alike = (item: Item) =>
      item.kind === wanted.kind && item.subject === wanted.subject && isSendable(item)
    return this.all().find((item) => alike(item) && !kind?.isNews?.(item, wanted))
  }

  /** Keeps a recording: a draft until the person sends it, or on its way where there is no room. */
  keep(wanted: NewItem, source: string): Promise<Item> {
    return this.putAway(wanted, [{ id: this.deps.newId(), size: 0, source }])
  }

  /** Puts something with photos or recordings in the list and sends it once they are kept. */
  async addWith(wanted: NewItem, attachments: Attachment[]): Promise<Item> {
    const twin = this.all().find(
      ({ kind, subject, refusal }) =>
        kind === wanted.kind && subject === wanted.subject && !refusal,
    )
    if (twin) return twin
    return this.putAway(
      wanted,
      attachments.map((one) => fileFrom(this.deps.newId(), one)),
    )
  }

  private async putAway(wanted: NewItem, files: KeptFile[]): Promise<Item> {
    const item = { ...this.fresh(wanted, 'saving'), files }
    this.shelf.add(item)
    await this.keeping.keep(item.id, files)
    this.sender.drain()
    return this.find(item.id) ?? item
  }

  /** Where it can be looked at; null when the phone has it no more. */
  async urlOf(item: Item): Promise<string | null> {
    const file = item.files[0]
    if (!file) return null
    return file.loose ? file.source : this.deps.files.fileUrl(file.id)
  }

  /** Releases a draft for sending; a second tap finds it released already. */
  release(id: string): void {
    const item = this.find(id)
    if (item?.stage !== 'draft') return
    const released = this.deps.kinds.of(item)?.released?.(item) ?? {}
    this.shelf.patch(id, { stage: 'queued', done: { ...(item.done as object), ...released } })
    this.dropOtherDrafts(item)
    this.sender.drain()
  }

  /** The one that is sent is the one that counts; until then each is kept. */
  private dropOtherDrafts(released: Item): void {
    for (const item of this.shelf.everything()) {
      const same = item.kind === released.kind && item.subject === released.subject
      if (same && item.stage === 'draft' && item.id !== released.id) void this.discard(item.id)
    }
  }

  /** What was recorded and forgotten goes with the rest: of each subject the newest. */
  sendEverything(): void {
    for (const item of [...this.all()].reverse()) this.release(item.id)
    this.retryNow()
  }

  discard(id: string): Promise<void> {
    return this.keeping.discard(id)
  }

  /** The person leaves: nothing of theirs stays, and nothing of anybody else goes. */
  async clear(person: string | null): Promise<void> {
    const theirs = this.shelf.everything().filter((item) => isOf(person, item))
    for (const item of theirs) await this.discard(item.id)
    this.deps.receipts.clear(person)
  }

  /** A person asked, or the network came back: nobody waits for the clock. */
  retryNow(): void {
    this.sender.abortSilent()
    if (this.shelf.everything().some((item) => item.retry_at > 0)) {
      this.shelf.patchAll({ retry_at: 0 })
    }
    this.sender.drain()
  }

  /** A refused item gets another chance, as after a consent was given again. */
  revive(id: string): void {
    this.shelf.patch(id, { refusal: null, retry_at: 0, attempts: 0 })
    this.sender.drain()
  }

  /** Starts whatever is due by now. */
  drain(): void {
    this.sender.drain()
  }

  async recover(): Promise<void> {
    await this.keeping.recover()
    this.sender.drain()
  }

  private fresh(wanted: NewItem, stage: Item['stage']): Item {
    const times = { created_at: this.deps.now(), attempts: 0, retry_at: 0 }
    const id = this.deps.newId()
    const person = this.deps.person()
    return { v: VERSION, ...wanted, id, person, stage, files: [], ...times, refusal: null }
  }
}
