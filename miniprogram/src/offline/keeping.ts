/** The files of what waits: copied into safe keeping before anything else can happen to them. */
import { type Item, isOf, type KeptFile, type Refusal } from './items'
import type { Kinds } from './kinds'
import type { Shelf } from './shelf'

export interface Files {
  /** Copies into safe keeping: nothing, or a whole file; answers how many bytes it has. */
  keepFile: (id: string, source: string) => Promise<number>
  /** Null when it was never kept whole. */
  fileSize: (id: string) => Promise<number | null>
  fileUrl: (id: string) => Promise<string | null>
  /** Of a file that was not kept: whether it still lies where the camera put it. */
  sourceSize: (source: string) => Promise<number | null>
  dropFile: (id: string) => Promise<void>
  keptFiles: () => Promise<string[]>
}
export interface KeepingDeps {
  /** Whether what was stored cannot be read: then no file is thrown away. */
  broken: boolean
  files: Files
  kinds: Kinds
  now: () => number
  person: () => string | null
  report: (what: string) => void
}

const lost = ({ type }: KeptFile): Refusal =>
  type ? { type: 'file-lost', reason: 'attachment' } : { type: 'file-lost' }

export class Keeping {
  constructor(
    private readonly deps: KeepingDeps,
    private readonly shelf: Shelf,
  ) {}

  /**
   * Makes a draft of an item whose files were kept, or queues it where its kind has no drafts;
   * without room for one it is sent at once.
   */
  async keep(id: string, files: KeptFile[]): Promise<void> {
    const kept: KeptFile[] = []
    for (const file of files) {
      const found = await this.foundOrKept(file)
      if (!found) return this.shelf.patch(id, { stage: 'queued', refusal: lost(file) })
      kept.push(found)
    }
    const item = this.shelf.find(id)
    const isDraft = item && this.deps.kinds.of(item)?.draft && !kept.some((file) => file.loose)
    this.shelf.patch(id, { stage: isDraft ? 'draft' : 'queued', files: kept })
  }

  private async foundOrKept(file: KeptFile): Promise<KeptFile | null> {
    const size = (await this.deps.files.fileSize(file.id)) || (await this.tryToKeep(file))
    if (size) return { ...file, size }
    const there = await this.deps.files.sourceSize(file.source)
    // No room even after clearing up: it is sent at once from where it lies, while it lies there.
    return there ? { ...file, size: there, loose: true } : null
  }

  private async tryToKeep(file: KeptFile): Promise<number | null> {
    for (const last of [false, true]) {
      try {
        return await this.deps.files.keepFile(file.id, file.source)
      } catch (error) {
        if (last) this.deps.report(`keep: ${String((error as Error)?.message ?? error)}`)
        else await this.clearUp()
      }
    }
    return null
  }

  /** After a start: what was being copied when the phone died is copied again, or said to be lost. */
  async recover(): Promise<void> {
    for (const item of this.shelf.everything().filter((one) => one.stage === 'saving')) {
      await this.keep(item.id, item.files)
    }
    await this.clearUp()
  }

  async discard(id: string): Promise<void> {
    const item = this.shelf.find(id)
    if (!item) return
    this.shelf.remove(id)
    for (const file of item.files) await this.deps.files.dropFile(file.id)
  }

  /** Throws away what nobody can use any more: expired things, and files that belong to nothing. */
  private async clearUp(): Promise<void> {
    const now = this.deps.now()
    const person = this.deps.person()
    const isUseless = (item: Item) =>
      item.expires_at <= now && (item.refusal !== null || !isOf(person, item))
    for (const item of this.shelf.everything().filter(isUseless)) await this.discard(item.id)
    if (this.deps.broken || this.shelf.hasForeign) return
    const kept = this.shelf.everything().flatMap((item) => item.files.map((file) => file.id))
    for (const id of await this.deps.files.keptFiles()) {
      if (!kept.includes(id)) await this.deps.files.dropFile(id)
    }
  }
}
