/** How often it was taken, in counts: nobody has to know what a share is. */
import type { Adherence, CalendarMonth, Rates } from '@/api/types'

export interface CountLine {
  name: 'verified' | 'reported' | 'unreviewed' | 'nothing'
  words: string
  count: number
}

export type Span = 'month' | 'days' | 'course'

export interface TreatmentLine {
  id: string
  name: string
  rates: Rates
}

/** Each treatment by itself: those that run, and those that ended. */
export interface RatesOfSpan {
  running: TreatmentLine[]
  ended: TreatmentLine[]
}

export function ratesOf(
  span: Span,
  month: CalendarMonth,
  adherence: Adherence | null,
): RatesOfSpan | null {
  const lines =
    span === 'month'
      ? month.treatments?.map((one) => ({ ...one, id: one.treatment_id }))
      : adherence?.treatments.map((one) => ({
          ...one,
          id: one.treatment_id,
          rates: span === 'days' ? one.last_30_days : one.rates,
        }))
  if (!lines) return null // also a month that was remembered by an older version
  return {
    running: lines.filter((one) => one.running),
    ended: lines.filter((one) => !one.running && one.rates.closed > 0),
  }
}

/** So many times each: together all that were due. What did not happen is not said. */
export function countLines(rates: Rates): CountLine[] {
  const unreviewed = Math.min(rates.unreviewed, rates.closed - rates.reported)
  const lines: CountLine[] = [
    { name: 'verified', words: '医生确认服了', count: rates.verified },
    {
      name: 'reported',
      words: '您自己说服了',
      count: rates.reported - rates.verified,
    },
    { name: 'unreviewed', words: '拍了，等医生看', count: unreviewed },
    {
      name: 'nothing',
      words: '漏了，或者没通过',
      count: rates.closed - rates.reported - unreviewed,
    },
  ]
  return lines.filter((line) => line.count > 0)
}
