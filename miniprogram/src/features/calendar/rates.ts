/** The four rates, said as a neighbour would say them. */
import type { Adherence, CalendarMonth, Rates } from '@/api/types'
import type { Tone } from '@/ui/state-badge'

export interface RateLine {
  name: 'observed' | 'verified' | 'reported' | 'unreviewed'
  title: string
  hint: string
  count: number
  percent: number
  tone: Tone
}

/** Rounded down: what is not quite a whole percent more has not reached it. */
export const percentOf = (rate: number | null) => Math.floor((rate ?? 0) * 100 + 1e-6)

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

/** Where nothing is filmed, nothing is said of films: it would be 0 %. */
export function rateLines(rates: Rates): RateLine[] {
  return allLines(rates).filter((line) => rates.by_film || !OF_FILMS.has(line.name))
}

const OF_FILMS = new Set<RateLine['name']>(['observed', 'unreviewed'])

function allLines(rates: Rates): RateLine[] {
  const waiting = rates.unreviewed > 0
  const most = waiting ? `，全部通过的话是 ${percentOf(rates.observed_rate_max)}%` : ''
  return [
    {
      name: 'observed',
      title: '医生看视频确认',
      hint: `这是最准的${most}`,
      count: rates.observed,
      percent: percentOf(rates.observed_rate),
      tone: 'ok',
    },
    {
      name: 'verified',
      title: '医生确认（连当面服药）',
      hint: rates.by_film ? '视频，加上当面服药和通话时服药' : '当面服药和通话时服药',
      count: rates.verified,
      percent: percentOf(rates.verified_rate),
      tone: 'ok',
    },
    {
      name: 'reported',
      title: '连您自己报告的',
      hint: '上面的，加上您自己说服了药的',
      count: rates.reported,
      percent: percentOf(rates.reported_rate),
      tone: 'wait',
    },
    {
      name: 'unreviewed',
      title: '医生还没看的',
      hint: waiting ? '视频已收到，等医生看' : '视频都看完了',
      count: rates.unreviewed,
      percent: percentOf(rates.unreviewed_rate),
      tone: 'held',
    },
  ]
}
