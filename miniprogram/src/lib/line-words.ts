/** What a chart says, for whoever does not see it: first, last, highest, and where it goes. */
import { measured, type Series } from './line-chart'

export interface LineWords {
  /** As 血压. */
  title: string
  unit: string
  dayWords: (at: number) => string
  /** A change of less than this from the first to the last day is none. */
  steady: number
}

/** How much the line through all points rises from the first to the last. */
function riseOf(points: readonly { at: number; value: number }[]): number {
  const count = points.length
  const meanAt = points.reduce((sum, { at }) => sum + at, 0) / count
  const mean = points.reduce((sum, { value }) => sum + value, 0) / count
  const over = points.reduce((sum, { at, value }) => sum + (at - meanAt) * (value - mean), 0)
  const under = points.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0)
  const first = points[0]?.at ?? 0
  const last = points[count - 1]?.at ?? 0
  return under === 0 ? 0 : (over / under) * (last - first)
}

function trendWords(rise: number, steady: number): string {
  if (Math.abs(rise) < steady) return '总的来看差不多'
  return rise > 0 ? '总的来看在往上走' : '总的来看在往下走'
}

function ofSeries(series: Series, { unit, dayWords, steady }: LineWords): string {
  const points = measured(series)
  const first = points[0]
  const last = points[points.length - 1]
  if (!first || !last) return `${series.name}还没有记录。`
  if (points.length === 1) return `${series.name}${last.value}${unit}，${dayWords(last.at)}。`
  // Of two alike the later one is told: it is the one that is remembered.
  const highest = points.reduce((a, b) => (b.value >= a.value ? b : a), first)
  return `${series.name}开始是${first.value}，最近是${last.value}，最高是${highest.value}${unit}（${dayWords(highest.at)}），${trendWords(riseOf(points), steady)}。`
}

export function lineWords(all: readonly Series[], told: LineWords): string {
  const count = Math.max(0, ...all.map((series) => measured(series).length))
  if (count === 0) return `${told.title}还没有记录。`
  return `${told.title}，${count}次。${all.map((series) => ofSeries(series, told)).join('')}`
}
