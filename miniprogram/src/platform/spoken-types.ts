export interface Spoken {
  role?:
    | 'alert'
    | 'button'
    | 'checkbox'
    | 'dialog'
    | 'group'
    | 'img'
    | 'link'
    | 'progressbar'
    | 'radio'
    | 'radiogroup'
    | 'status'
    | 'switch'
    | 'tab'
    | 'tablist'
  label?: string
  checked?: boolean
  disabled?: boolean
  hidden?: boolean
  /** Changes are read out by themselves. */
  live?: boolean
  /** Of a progress bar, in per cent. */
  now?: number
}
