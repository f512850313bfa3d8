import { keepScreenOn } from './presence'

type Reason = 'filming' | 'recording' | 'sending'
const reasons = new Set<Reason>()

/** A cheap phone goes dark after 15 s; it stays awake while any of these goes on. */
export function stayAwake(why: Reason, on: boolean): void {
  const before = reasons.size > 0
  if (on) reasons.add(why)
  else reasons.delete(why)
  if (before !== reasons.size > 0) keepScreenOn(!before)
}

export const isAwake = (): boolean => reasons.size > 0
