import type { Spoken } from './spoken-types'

/** What a screen reader says of an element, in WeChat's attributes. */
export function spoken({ role, label, checked, disabled, hidden, live, now }: Spoken) {
  return {
    ...(role ? { ariaRole: role } : {}),
    ...(label ? { ariaLabel: label } : {}),
    ...(checked === undefined ? {} : { ariaChecked: String(checked) }),
    ...(disabled ? { ariaDisabled: 'true' } : {}),
    ...(hidden ? { ariaHidden: 'true' } : {}),
    ...(live ? { ariaLive: 'polite' } : {}),
    ...(now === undefined ? {} : { ariaValuenow: String(now) }),
  }
}

export const spokenPicture = (label: string) => spoken({ role: 'img', label })

/** Of a field to type in. */
export const spokenField = (label: string) => spoken({ label })
