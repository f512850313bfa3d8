import type { Spoken } from './spoken-types'

/** In a browser only these are checked; a tab is selected, and a button pressed. */
const CHECKED: Partial<Record<NonNullable<Spoken['role']>, string>> = {
  tab: 'aria-selected',
  button: 'aria-pressed',
}

const isOn = (role: Spoken['role'], checked: boolean) => ({
  [(role && CHECKED[role]) ?? 'aria-checked']: checked ? 'true' : 'false',
})

/** What a screen reader says of an element, in the browser's attributes. */
export function spoken({ role, label, checked, disabled, hidden, live, now }: Spoken) {
  return {
    ...(role ? { role } : {}),
    ...(label ? { 'aria-label': label } : {}),
    ...(checked === undefined ? {} : isOn(role, checked)),
    ...(disabled ? { 'aria-disabled': 'true' } : {}),
    ...(hidden ? { 'aria-hidden': 'true' } : {}),
    ...(live ? { 'aria-live': 'polite' } : {}),
    ...(now === undefined ? {} : { 'aria-valuenow': String(now) }),
  } as const
}

/** Of a picture: the browser's own element lies inside of Taro's. */
export const spokenPicture = (label: string) => ({ nativeProps: { alt: label } })

/** Of a field to type in, which lies inside of Taro's, too. */
export const spokenField = (label: string) => ({ nativeProps: { 'aria-label': label } })
