/**
 * What the server has confirmed stays confirmed on the phone. A receipt overrides what is known of
 * its subject until the server shows an equal or higher revision of it: the server raises the
 * revision under the row's lock, while times say nothing (a snapshot from before the confirmation
 * can carry a later clock).
 */
export interface Receipt {
  /** As "dose:<id>". */
  subject: string
  person: string | null
  revision: number
  /** What is so since then, in the fields of the subject's card. */
  change: Record<string, unknown>
  at: number
  /** By the phone's clock: long after the card can still be acted on. */
  expires_at: number
}

export interface ReceiptDeps {
  load: () => Receipt[]
  save: (receipts: Receipt[]) => void
  now: () => number
  person: () => string | null
}

export class Receipts {
  private receipts: Receipt[]
  private readonly listeners = new Set<() => void>()

  constructor(private readonly deps: ReceiptDeps) {
    this.receipts = deps.load()
  }

  keep(made: Omit<Receipt, 'person' | 'at'>[]): void {
    if (made.length === 0) return
    const at = this.deps.now()
    const person = this.deps.person()
    const fresh = made.map((one) => ({ ...one, person, at }))
    const stands = (old: Receipt) =>
      old.expires_at > at && !fresh.some((one) => one.subject === old.subject)
    const newest = fresh.map((one) => this.merged(one))
    this.receipts = [...this.receipts.filter(stands), ...newest]
    this.deps.save(this.receipts)
    for (const listener of [...this.listeners]) listener()
  }

  /** A film confirmed after a stop does not make the dose one that may be taken. */
  private merged(fresh: Receipt): Receipt {
    const known = this.of(fresh.subject)
    if (!known) return fresh
    const [older, newer] = known.revision > fresh.revision ? [fresh, known] : [known, fresh]
    return { ...newer, change: { ...older.change, ...newer.change } }
  }

  of(subject: string): Receipt | null {
    const person = this.deps.person()
    const own = (one: Receipt) => one.subject === subject && (!one.person || one.person === person)
    return this.receipts.find(own) ?? null
  }

  /** What is known with what was confirmed since. */
  applied<T extends { revision: number }>(subject: string, known: T): T {
    const receipt = this.of(subject)
    if (!receipt || receipt.revision <= known.revision) return known
    return { ...known, ...(receipt.change as Partial<T>), revision: receipt.revision }
  }

  clear(person: string | null): void {
    this.receipts = this.receipts.filter((one) => one.person && one.person !== person)
    this.deps.save(this.receipts)
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}
