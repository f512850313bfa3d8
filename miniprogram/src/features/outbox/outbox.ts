/**
 * The ordered, persistent list of what the phone still owes the server. Every change is stored
 * before the step it allows, so that a phone that dies anywhere goes on from there.
 */
import { ApiProblem, asProblem, isPassing } from '@/api/problem'
import { isoOf } from '@/lib/time'
import {
  dueItems,
  type FilmItem,
  isOf,
  type NewFilm,
  type NewItem,
  nextWake,
  type OutboxItem,
  type Refusal,
  waitMs,
} from './items'
import { type SendApi, sendItem } from './send'

/** Refused for now: a record that its team has closed may be opened again. */
const WAITS = ['storage-refused', 'upload-not-found', 'record-ended']

export interface FilmFiles {
  keepFilm: (id: string, source: string) => Promise<number>
  filmSize: (id: string) => Promise<number | null>
  filmUrl: (id: string) => Promise<string | null>
  dropFilm: (id: string) => Promise<void>
  keptFilms: () => Promise<string[]>
}
export interface OutboxDeps {
  load: () => OutboxItem[]
  save: (items: OutboxItem[]) => void
  api: SendApi
  files: FilmFiles
  newId: () => string
  /** The phone's own clock, for the waits between attempts. */
  now: () => number
  /** The server's clock as far as it is known, for times the server is told. */
  trueNow: () => number
  /** The person last known to be bound, and the one who is bound now. */
  person: () => string | null
  confirmPerson: () => Promise<string>
  wake: (ms: number, go: () => void) => void
  words: (problem: ApiProblem) => string
}

export class Outbox {
  private items: OutboxItem[]
  private readonly percents = new Map<string, number>()
  private readonly listeners = new Set<() => void>()
  private readonly sending = new Set<string>()

  constructor(private readonly deps: OutboxDeps) {
    this.items = deps.load()
  }

  /** What the person bound here has; other people's things are neither shown nor sent. */
  all = (): OutboxItem[] => {
    const person = this.deps.person()
    return this.items.filter((item) => isOf(person, item))
  }
  percentOf = (id: string): number | null => this.percents.get(id) ?? null
  isSending = (id: string): boolean => this.sending.has(id)

  find(id: string): OutboxItem | undefined {
    return this.items.find((item) => item.id === id)
  }

  findFilm(id: string): FilmItem | undefined {
    const item = this.find(id)
    return item?.kind === 'film' ? item : undefined
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Puts an answer or a report in the list and starts to send it. */
  add(item: NewItem): string {
    const id = this.deps.newId()
    this.store([...this.items, { ...item, ...this.fresh(id) }])
    this.drain()
    return id
  }

  /** Copies a recording into safe keeping; it is a draft until the person sends it. */
  async keep(film: NewFilm, source: string): Promise<FilmItem> {
    const id = this.deps.newId()
    const item: FilmItem = {
      ...film,
      ...this.fresh(id),
      kind: 'film',
      stage: 'saving',
      recording_id: null,
      sent_at: null,
    }
    this.store([...this.items, item])
    try {
      const size = await this.deps.files.keepFilm(id, source)
      return this.patchFilm(id, { stage: 'draft', body: { ...item.body, size } })
    } catch (error) {
      await this.discard(id)
      throw error
    }
  }

  /** Releases a draft for sending; a second tap finds it released already. */
  send(id: string): void {
    const item = this.findFilm(id)
    if (item?.stage !== 'draft') return
    this.dropOlderDrafts(item)
    this.patchFilm(id, { stage: 'queued', sent_at: isoOf(this.deps.trueNow()) })
    this.drain()
  }

  async discard(id: string): Promise<void> {
    const item = this.find(id)
    if (!item) return
    this.store(this.items.filter((x) => x.id !== id))
    if (item.kind === 'film') await this.deps.files.dropFilm(id)
  }

  /** The person leaves: nothing of theirs stays, and nothing of anybody else goes. */
  async clear(person: string | null): Promise<void> {
    for (const item of this.items.filter((x) => isOf(person, x))) await this.discard(item.id)
  }

  /** A person asked, or the network came back: nobody waits for the clock. */
  retryNow(): void {
    this.store(this.items.map((item) => ({ ...item, retry_at: 0 })))
    this.drain()
  }

  /** A refused item gets another chance, as after a consent was given again. */
  revive(id: string): void {
    this.patch(id, { refusal: null, retry_at: 0 })
    this.drain()
  }

  /** After a start: what was being copied when the phone died is a film or it is nothing. */
  async recover(): Promise<void> {
    for (const item of this.items) {
      if (item.kind === 'film' && item.stage === 'saving') await this.recoverFilm(item)
    }
    for (const id of await this.deps.files.keptFilms()) {
      if (!this.find(id)) await this.deps.files.dropFilm(id)
    }
  }

  private async recoverFilm(item: FilmItem): Promise<void> {
    const size = await this.deps.files.filmSize(item.id)
    if (size) this.patchFilm(item.id, { stage: 'draft', body: { ...item.body, size } })
    else await this.discard(item.id)
  }

  /** Starts whatever is due. Items go side by side, so that a long film holds nobody up. */
  drain(): void {
    const now = this.deps.now()
    for (const item of dueItems(this.all(), now)) {
      if (!this.sending.has(item.id)) void this.attempt(item.id)
    }
  }

  private async attempt(id: string): Promise<void> {
    this.sending.add(id)
    this.notify()
    try {
      await this.claim(id)
      await sendItem(id, this.desk())
      await this.discard(id)
    } catch (error) {
      this.failed(id, asProblem(error))
    } finally {
      this.sending.delete(id)
      this.percents.delete(id)
    }
    this.notify()
    this.drain()
    this.schedule()
  }

  /** Nothing leaves under another's name: it would be refused, or be taken for theirs. */
  private async claim(id: string): Promise<void> {
    const person = await this.deps.confirmPerson()
    const item = this.find(id)
    if (!item || item.person === person) return
    if (item.person) throw new ApiProblem({ type: 'not-bound', title: '', status: 0 })
    this.patch(id, { person })
  }

  private desk() {
    return {
      api: this.deps.api,
      files: this.deps.files,
      find: (id: string) => this.find(id),
      patchFilm: (id: string, change: Partial<FilmItem>) => this.patchFilm(id, change),
      progress: (id: string, percent: number) => {
        this.percents.set(id, percent)
        this.notify()
      },
    }
  }

  private failed(id: string, problem: ApiProblem): void {
    const item = this.find(id)
    if (!item) return
    const passing = isPassing(problem) || WAITS.includes(problem.type)
    if (passing) {
      const retry_at = this.deps.now() + waitMs(item.attempts, problem.retryAfterS)
      this.patch(id, { attempts: item.attempts + 1, retry_at })
    } else {
      const refusal: Refusal = { type: problem.type, words: this.deps.words(problem) }
      if (problem.reason) refusal.reason = problem.reason
      this.patch(id, { refusal })
    }
  }

  private schedule(): void {
    const idle = this.all().filter((item) => !this.sending.has(item.id))
    const ms = nextWake(idle, this.deps.now())
    if (ms !== null) this.deps.wake(ms, () => this.drain())
  }

  private dropOlderDrafts(kept: FilmItem): void {
    for (const item of this.items) {
      const same = item.kind === 'film' && item.stage === 'draft' && item.dose_id === kept.dose_id
      if (same && item.id !== kept.id) void this.discard(item.id)
    }
  }

  private fresh(id: string) {
    const created_at = this.deps.now()
    return { id, person: this.deps.person(), created_at, attempts: 0, retry_at: 0, refusal: null }
  }

  private patchFilm(id: string, change: Partial<FilmItem>): FilmItem {
    this.patch(id, change)
    const item = this.findFilm(id)
    if (!item) throw new Error(`no film ${id} in the outbox`)
    return item
  }

  private patch(id: string, change: Partial<OutboxItem>): void {
    this.store(this.items.map((x) => (x.id === id ? ({ ...x, ...change } as OutboxItem) : x)))
  }

  private store(items: OutboxItem[]): void {
    this.items = items
    this.deps.save(items)
    this.notify()
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener()
  }
}
