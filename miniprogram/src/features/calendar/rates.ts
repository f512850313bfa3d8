/** The four rates, said as a neighbour would say them. */
import type { Rates } from '@/api/types'
import type { Tone } from '../doses/words'

export interface RateLine {
  name: 'observed' | 'verified' | 'reported' | 'unreviewed'
  title: string
  hint: string
  count: number
  percent: number
  tone: Tone
}

export const percentOf = (rate: number | null) => Math.round((rate ?? 0) * 100)

export function rateLines(rates: Rates): RateLine[] {
  const waiting = rates.unreviewed > 0
  const most = waiting ? `，全部通过的话是 ${percentOf(rates.observed_rate_max)}%` : ''
  return [
    {
      name: 'observed',
      title: '医生看录像确认',
      hint: `这是最准的${most}`,
      count: rates.observed,
      percent: percentOf(rates.observed_rate),
      tone: 'ok',
    },
    {
      name: 'verified',
      title: '医生确认（连当面服药）',
      hint: '录像，加上当面服药和通话时服药',
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
      hint: waiting ? '录像已收到，等医生看' : '录像都看完了',
      count: rates.unreviewed,
      percent: percentOf(rates.unreviewed_rate),
      tone: 'held',
    },
  ]
}
