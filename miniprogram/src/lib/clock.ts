/**
 * The time it really is. A phone's own clock may be minutes or days off, and a film dated by it
 * would be refused; the server's time, whenever it tells it, sets this right, also for later offline.
 */
import { recall, remember } from './store'
import { instantOf, isoOf } from './time'

const OFFSET = 'clock-offset'

export function learnTime(serverNow: string): void {
  const offset = instantOf(serverNow) - Date.now()
  if (Number.isFinite(offset)) remember(OFFSET, offset)
}

/** What the phone's clock said, as the server's clock would have. */
export function corrected(phoneTime: number): number {
  return phoneTime + (recall<number>(OFFSET) ?? 0)
}

export const trueNow = (): number => corrected(Date.now())
export const isoNow = (): string => isoOf(trueNow())
