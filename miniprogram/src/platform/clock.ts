/**
 * The time it really is. A phone's own clock may be minutes or days off, and a film dated by it
 * would be taken for another day's; the server's time, whenever it tells it, sets this right, also
 * for later offline. A clock that jumps was set: what was known of the difference is worth nothing.
 */
import { instantOf, isoOf } from '@/lib/time'
import { forget, recall, remember } from './store'

const OFFSET = 'clock-offset'
const SEEN = 'clock-seen'
const HEARD = 'server-heard'
/** A phone that sleeps lets time pass without a tick; one that goes backwards was set. */
const BACKWARDS_MS = 60_000

export function learnTime(serverNow: string): void {
  const told = instantOf(serverNow)
  if (!Number.isFinite(told)) return
  remember(OFFSET, told - Date.now())
  remember(SEEN, Date.now())
  remember(HEARD, told)
}

/** Called when the app comes to the front: whether the clock was set back since. */
export function noticeJump(): boolean {
  const seen = recall<number>(SEEN)
  const now = Date.now()
  const jumped = seen !== null && now < seen - BACKWARDS_MS
  if (jumped) forget(OFFSET)
  remember(SEEN, now)
  return jumped
}

/** In the front time passes evenly: a step of more than this between two ticks is a clock being set. */
const STEP_MS = 5_000
const JUMP_MS = 120_000

export function watchClock(isInFront: () => boolean): void {
  let last = Date.now()
  setInterval(() => {
    const now = Date.now()
    if (isInFront() && Math.abs(now - last - STEP_MS) > JUMP_MS) {
      forget(OFFSET)
      remember(SEEN, now)
    }
    last = now
  }, STEP_MS)
}

/** What the phone's clock said, as the server's clock would have. */
export function corrected(phoneTime: number): number {
  return phoneTime + (recall<number>(OFFSET) ?? 0)
}

/** When the server was last heard, by its own clock; null when never. */
export const lastHeard = (): number | null => recall<number>(HEARD)
export const trueNow = (): number => corrected(Date.now())
export const isoNow = (): string => isoOf(trueNow())
