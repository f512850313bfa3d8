import type { Spoken } from './spoken-types'

/** What a screen reader says of an element, in the browser's attributes. */
export function spoken({ role, label, checked, disabled, hidden, live, now }: Spoken) {
  return {
    ...(role ? { role } : {}),
    ...(label ? { 'aria-label': label } : {}),
    ...(checked === undefined ? {} : { 'aria-checked': checked ? 'true' : 'false' }),
    ...(disabled ? { 'aria-disabled': 'true' } : {}),
    ...(hidden ? { 'aria-hidden': 'true' } : {}),
    ...(live ? { 'aria-live': 'polite' } : {}),
    ...(now === undefined ? {} : { 'aria-valuenow': String(now) }),
  } as const
}
