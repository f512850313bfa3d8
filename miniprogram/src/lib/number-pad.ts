/** What a person types on our own number keys, for one or several figures in a row. */

export interface NumberField<N extends string = string> {
  name: N
  label: string
  unit: string
  min: number
  max: number
  /** How many digits after the point; none: the point is not offered. */
  decimals: number
}
export type Figures<N extends string> = Partial<Record<N, string>>
export type Key = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '.' | 'back'

const wholeDigits = ({ max }: NumberField) => String(Math.floor(max)).length

/** The text after the key, the same where the key does not fit. */
export function typed(text: string, key: Key, field: NumberField): string {
  if (key === 'back') return text.slice(0, -1)
  if (key === '.') {
    if (field.decimals === 0 || text.includes('.')) return text
    return `${text || '0'}.`
  }
  const [whole = '', part] = (text === '0' ? key : text + key).split('.')
  if (whole.length > wholeDigits(field) || (part ?? '').length > field.decimals) return text
  return part === undefined ? whole : `${whole}.${part}`
}

/** No further digit fits: the next figure is meant. */
export function isFull(text: string, field: NumberField): boolean {
  const part = text.split('.')[1]
  if (part !== undefined) return part.length >= field.decimals
  if (field.decimals > 0) return false
  return text !== '' && (text.length >= wholeDigits(field) || Number(text) * 10 > field.max)
}

/** What is wrong with it, in words; empty when nothing is. */
export function faultOf(text: string, { label, min, max, decimals }: NumberField): string {
  if (text === '') return ''
  const value = Number(text)
  if (value >= min && value <= max) return ''
  const words = (bound: number) => bound.toFixed(decimals)
  return `${label}要在 ${words(min)} 到 ${words(max)} 之间，请再看一遍。`
}

/** Why it cannot be sent yet; empty when it can. */
export function missingOf<N extends string>(
  figures: Figures<N>,
  fields: readonly NumberField<N>[],
): string {
  for (const field of fields) {
    const text = figures[field.name] ?? ''
    if (text === '') return `先填${field.label}`
    if (faultOf(text, field)) return `先改${field.label}`
  }
  return ''
}

export function valuesOf<N extends string>(
  figures: Figures<N>,
  fields: readonly NumberField<N>[],
): Record<N, number> | null {
  if (missingOf(figures, fields)) return null
  const values: Partial<Record<N, number>> = {}
  for (const { name } of fields) values[name] = Number(figures[name])
  return values as Record<N, number>
}
