/**
 * What the phone remembers between openings. Reads come from memory: a percentage of an upload that
 * asks three times for the same key must not ask the storage, which answers synchronously.
 */
import Taro from '@tarojs/taro'
import { storageOwner } from '@/platform/login'

const PREFIX = 'weibu:'
const known = new Map<string, string>()

function fullKey(key: string): string {
  return `${PREFIX}${storageOwner()}:${key}`
}

function read(key: string): string {
  const remembered = known.get(key)
  if (remembered !== undefined) return remembered
  let text: unknown = ''
  try {
    text = Taro.getStorageSync(key)
  } catch {
    // A storage that cannot be read holds nothing that could be shown.
  }
  const found = typeof text === 'string' ? text : ''
  known.set(key, found)
  return found
}

function write<T>(key: string, value: T): void {
  const name = fullKey(key)
  const text = JSON.stringify(value)
  Taro.setStorageSync(name, text)
  known.set(name, text)
}

const kept = new Set<string>()
/** Smaller things are worth more than the room they take. */
const LARGE = 2_000

/** Named before anything is written: these are never given up for others. */
export function neverDrop(...keys: string[]): void {
  for (const key of keys) kept.add(key)
}

/** What can be asked for again makes room for what cannot. */
function makeRoom(): void {
  const mine = fullKey('')
  for (const name of Taro.getStorageInfoSync().keys) {
    const isKept = kept.has(name.slice(mine.length))
    if (name.startsWith(mine) && !isKept && read(name).length > LARGE)
      forget(name.slice(mine.length))
  }
}

/** For what must not be lost: a storage that stays full is an error of the caller's. */
export function keep<T>(key: string, value: T): void {
  try {
    write(key, value)
  } catch {
    makeRoom()
    write(key, value)
  }
}

/** For what can be asked for again: a full storage never turns a good answer into an error. */
export function remember<T>(key: string, value: T): void {
  try {
    write(key, value)
  } catch {
    forget(key) // an older value would be taken for the newest
  }
}

export function recall<T>(key: string): T | null {
  const text = read(fullKey(key))
  if (text === '') return null
  try {
    return JSON.parse(text) as T
  } catch {
    return null
  }
}

/** Whether there is something that cannot be read any more: nothing that hangs on it may go. */
export function isBroken(key: string): boolean {
  return read(fullKey(key)) !== '' && recall(key) === null
}

export function forget(key: string): void {
  const name = fullKey(key)
  known.set(name, '')
  try {
    Taro.removeStorageSync(name)
  } catch {
    // It will be overwritten.
  }
}

/** After the account is closed nothing of it stays on the phone; what is named may be another's. */
export function forgetAllBut(kept: string): void {
  const mine = fullKey('')
  for (const key of Taro.getStorageInfoSync().keys) {
    if (!key.startsWith(mine) || key === fullKey(kept)) continue
    Taro.removeStorageSync(key)
    known.set(key, '')
  }
}

/** For tests and for a preview that changes its person: what was read before may not be so now. */
export function readAnew(): void {
  known.clear()
}
