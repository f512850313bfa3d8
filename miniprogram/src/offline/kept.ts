/** Answers of the server that are shown again: on the phone, or for as long as the app is open. */
import { forget, recall, remember } from '@/platform/store'

/** offline: on the phone, for days without signal · swr: until the app is closed · none: never. */
export type Keep = 'offline' | 'swr' | 'none'

const INDEX = 'answers'
/** So many on the phone; of the others the oldest goes. */
const MOST = 24
const open = new Map<string, unknown>()

const nameOf = (person: string, key: string) => `answer:${person}:${key}`

/** Nobody's answer is shown to somebody else. */
export function keptAnswer<T>(keep: Keep, person: string | null, key: string): T | null {
  if (!person || keep === 'none') return null
  const name = nameOf(person, key)
  if (open.has(name)) return open.get(name) as T
  return keep === 'offline' ? recall<T>(name) : null
}

export function keepAnswer<T>(keep: Keep, person: string | null, key: string, answer: T): void {
  if (!person || keep === 'none') return
  const name = nameOf(person, key)
  open.set(name, answer)
  if (keep === 'swr') return
  const names = [...(recall<string[]>(INDEX) ?? []).filter((one) => one !== name), name]
  for (const old of names.slice(0, -MOST)) forget(old)
  remember(INDEX, names.slice(-MOST))
  remember(name, answer)
}

export function forgetAnswer(person: string | null, key: string): void {
  if (!person) return
  open.delete(nameOf(person, key))
  forget(nameOf(person, key))
}

/** Another person is bound: nothing of the one before stays. */
export function forgetAnswers(): void {
  open.clear()
  for (const name of recall<string[]>(INDEX) ?? []) forget(name)
  forget(INDEX)
}
