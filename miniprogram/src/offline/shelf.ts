/** The stored list itself: what another version of this app has put there stays word for word. */
import { type Item, isOf, VERSION } from './items'
import type { Kinds } from './kinds'

export interface ShelfDeps {
  load: () => unknown[]
  save: (items: unknown[]) => void
  kinds: Kinds
  person: () => string | null
}

export class Shelf {
  private items: Item[] = []
  /** Of a shape that nobody here can read. */
  private readonly foreign: unknown[] = []
  private readonly listeners = new Set<() => void>()

  constructor(private readonly deps: ShelfDeps) {
    for (const raw of deps.load()) {
      const item = (raw as Item).v === VERSION ? (raw as Item) : deps.kinds.upgraded(raw)
      if (item) this.items.push(item)
      else this.foreign.push(raw)
    }
  }

  /** Everybody's. */
  everything(): Item[] {
    return this.items
  }

  /** What the person bound here has; other people's things are neither shown nor sent. */
  own(): Item[] {
    const person = this.deps.person()
    return this.items.filter((item) => isOf(person, item))
  }

  get hasForeign(): boolean {
    return this.foreign.length > 0
  }

  /** How many things wait that this version cannot send. */
  get unknown(): number {
    return this.foreign.length + this.own().filter((item) => !this.deps.kinds.of(item)).length
  }

  find(id: string): Item | undefined {
    return this.items.find((item) => item.id === id)
  }

  add(item: Item): void {
    this.store([...this.items, item])
  }

  patch(id: string, change: Partial<Item>): void {
    this.store(this.items.map((item) => (item.id === id ? { ...item, ...change } : item)))
  }

  patchAll(change: Partial<Item>): void {
    this.store(this.items.map((item) => ({ ...item, ...change })))
  }

  remove(id: string): void {
    this.store(this.items.filter((item) => item.id !== id))
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  notify = (): void => {
    for (const listener of [...this.listeners]) listener()
  }

  private store(items: Item[]): void {
    this.deps.save([...this.foreign, ...items])
    this.items = items
    this.notify()
  }
}
