import { keepScreenOn } from './presence'

const reasons = new Set<'filming' | 'sending'>()

/** A cheap phone goes dark after 15 s; it stays awake while any of these goes on. */
export function stayAwake(why: 'filming' | 'sending', on: boolean): void {
  const before = reasons.size > 0
  if (on) reasons.add(why)
  else reasons.delete(why)
  if (before !== reasons.size > 0) keepScreenOn(!before)
}
