/** The way of one thing to the server, attempt by attempt, and whose turn it is. */
import type { UploadTicket } from '@/api/types'
import { ApiProblem, asProblem, isPassing } from '@/lib/problem'
import { type Item, isSendable, type KeptFile, type Refusal, waitMs } from './items'
import type { Files, Keeping } from './keeping'
import type { Desk, Kinds } from './kinds'
import type { Receipts } from './receipts'
import type { Shelf } from './shelf'

export interface Uploading {
  done: Promise<void>
  abort: () => void
}
export interface SenderDeps {
  kinds: Kinds
  receipts: Receipts
  files: Files
  upload: (ticket: UploadTicket, url: string, onPercent: (percent: number) => void) => Uploading
  /** The phone's own clock, for the waits between attempts. */
  now: () => number
  /** Who is bound now: asked of the server. */
  confirmPerson: () => Promise<string>
  wake: (ms: number, go: () => void) => void
  report: (what: string) => void
}

/** A mistake of our own may pass; sent again for ever it would only drain the battery. */
const MOST_UNEXPECTED = 6
/** A record that its team has closed may be opened again: what was filmed waits. */
const ENDED = 'record-ended'
const SILENT_UPLOAD_MS = 60_000
function fileLost({ type }: KeptFile): ApiProblem {
  const reason = type ? 'attachment' : null
  return new ApiProblem({ type: 'file-lost', reason, title: '', status: 410 })
}

interface Way {
  percent: number
  movedAt: number
  abort: () => void
}

export class Sender {
  private readonly ways = new Map<string, Way>()
  private readonly sending = new Set<string>()

  constructor(
    private readonly deps: SenderDeps,
    private readonly shelf: Shelf,
    private readonly keeping: Keeping,
  ) {}

  percentOf = (id: string): number | null => this.ways.get(id)?.percent ?? null
  isSending = (id: string): boolean => this.sending.has(id)

  /** In the background WeChat lets an upload die without a word. */
  abortSilent(): void {
    const now = this.deps.now()
    for (const way of this.ways.values()) if (now - way.movedAt > SILENT_UPLOAD_MS) way.abort()
  }

  /**
   * Starts whatever is due, most urgent first. Words go side by side; of what has files one goes at
   * a time, or none would end while the app is in the front.
   */
  drain(): void {
    const now = this.deps.now()
    let uploads = this.shelf
      .everything()
      .some((item) => item.files.length > 0 && this.sending.has(item.id))
    for (const item of this.inTurn()) {
      if (item.retry_at > now || this.sending.has(item.id)) continue
      const heavy = item.files.length > 0
      if (heavy && uploads) continue
      uploads = uploads || heavy
      void this.attempt(item.id)
    }
  }

  private inTurn(): Item[] {
    const all = this.shelf.own()
    return all
      .filter((item) => isSendable(item) && this.deps.kinds.of(item) && !this.mustWait(item, all))
      .map((item) => ({ item, urgency: this.deps.kinds.of(item)?.urgency(item) ?? 0 }))
      .sort((a, b) => a.urgency - b.urgency)
      .map(({ item }) => item)
  }

  private mustWait(item: Item, all: Item[]): boolean {
    const kind = this.deps.kinds.of(item)
    return all.some((other) => !other.refusal && kind?.waitsFor?.(item, other))
  }

  private async attempt(id: string): Promise<void> {
    this.sending.add(id)
    this.shelf.notify()
    try {
      await this.claim(id)
      await this.sent(id)
    } catch (error) {
      await this.failed(id, asProblem(error))
    } finally {
      this.sending.delete(id)
      this.ways.delete(id)
    }
    this.shelf.notify()
    this.drain()
    this.schedule()
  }

  private async sent(id: string): Promise<void> {
    const item = this.shelf.find(id)
    const kind = item && this.deps.kinds.of(item)
    if (!item || !kind) return
    const answer = await kind.send(item, this.deskOf(id))
    // The receipt first: a phone that dies here sends again, and is told the same again.
    this.deps.receipts.keep(kind.receipts(this.shelf.find(id) ?? item, answer))
    await this.keeping.discard(id)
  }

  /** Nothing leaves under another's name: it would be refused, or be taken for theirs. */
  private async claim(id: string): Promise<void> {
    const person = await this.deps.confirmPerson()
    const item = this.shelf.find(id)
    if (!item || item.person === person) return
    if (item.person) throw new ApiProblem({ type: 'not-bound', title: '', status: 0 })
    this.shelf.patch(id, { person })
  }

  private deskOf(id: string): Desk<object> {
    return {
      save: (change) => {
        const item = this.shelf.find(id)
        if (item) this.shelf.patch(id, { done: { ...(item.done as object), ...change } })
      },
      mustHave: async (file) => void (await this.urlOf(file)),
      upload: async (file, ticket) => {
        const url = await this.urlOf(file)
        const way: Way = { percent: 0, movedAt: this.deps.now(), abort: () => undefined }
        const files = this.shelf.find(id)?.files ?? [file]
        const place = files.findIndex((one) => one.id === file.id)
        const moved = (ofFile: number) => {
          const percent = Math.round((place * 100 + ofFile) / files.length)
          this.ways.set(id, Object.assign(way, { percent, movedAt: this.deps.now() }))
          this.shelf.notify()
        }
        moved(0)
        const { done, abort } = this.deps.upload(ticket, url, moved)
        way.abort = abort
        await done
        moved(100)
      },
    }
  }

  private async urlOf(file: KeptFile): Promise<string> {
    if (!file.loose) {
      const url = await this.deps.files.fileUrl(file.id)
      if (url) return url
    } else if (await this.deps.files.sourceSize(file.source)) return file.source
    throw fileLost(file)
  }

  private async failed(id: string, problem: ApiProblem): Promise<void> {
    const item = this.shelf.find(id)
    const kind = item && this.deps.kinds.of(item)
    if (!item || !kind) return
    const answer = kind.answerOf?.(problem, item) ?? null
    if (answer !== null) {
      this.deps.receipts.keep(kind.receipts(item, answer))
      return this.keeping.discard(id)
    }
    const passing =
      isPassing(problem) || problem.type === ENDED || (kind.isPassing?.(problem) ?? false)
    const mistaken = problem.type === 'unexpected' && item.attempts + 1 >= MOST_UNEXPECTED
    if (passing && !mistaken) {
      const retry_at = this.deps.now() + waitMs(item.attempts, problem.retryAfterS)
      return this.shelf.patch(id, { attempts: item.attempts + 1, retry_at })
    }
    const refusal: Refusal = { type: problem.type, title: problem.title }
    if (problem.reason) refusal.reason = problem.reason
    this.shelf.patch(id, { refusal })
    if (mistaken) this.deps.report(`${item.kind}: ${problem.detail ?? problem.type}`)
  }

  private schedule(): void {
    const times = this.inTurn()
      .filter((item) => !this.sending.has(item.id))
      .map((item) => item.retry_at)
    if (times.length === 0) return
    this.deps.wake(Math.max(0, Math.min(...times) - this.deps.now()), () => this.drain())
  }
}
