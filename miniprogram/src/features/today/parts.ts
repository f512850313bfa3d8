/** The features on 今日, by the kind of their items, as `register.ts` names them. */
import type { ItemKind, ItemOf, TodayItem } from '@/api/types'
import { forgetToday } from './memory'
import type { TodayPart } from './part'

export type Parts = { [K in ItemKind]: TodayPart<ItemOf<K>> }
const parts: Partial<Parts> = {}

export function registerParts(all: Parts): void {
  Object.assign(parts, all)
}

const all = (): TodayPart[] => Object.values(parts) as unknown as TodayPart[]

/** An item of a newer server may be of a kind that this phone does not know yet. */
export function isKnown(item: { kind: string }): boolean {
  return Object.keys(parts).includes(item.kind)
}

export function partOf(item: TodayItem): TodayPart {
  return parts[item.kind] as unknown as TodayPart
}

export function itemsOn(on: string, now: number): TodayItem[] {
  return all().reduce<TodayItem[]>((items, part) => items.concat(part.itemsOn(on, now)), [])
}

export async function rememberAhead(on: string): Promise<void> {
  await Promise.all(all().map((part) => part.rememberAhead(on)))
}

/** When somebody else is bound, the items of the one before are not theirs to act on. */
export function forgetDays(): void {
  forgetToday()
  for (const part of all()) part.forget()
}
