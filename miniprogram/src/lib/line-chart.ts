/** A line chart as SVG text, drawn without a canvas: both targets show it as an image. */

export interface Point {
  /** An instant in ms. */
  at: number
  /** Null where nothing was measured: the line breaks there. */
  value: number | null
}
export interface Series {
  name: string
  points: readonly Point[]
}
export interface Band {
  from: number
  to: number
}
export interface ChartColours {
  /** One for each series; the second is dashed and has square points besides. */
  lines: readonly [string, string]
  outside: string
  band: string
  grid: string
  text: string
}
export interface ChartLook {
  width: number
  height: number
  /** Of the words on the axes, in px. */
  type: number
  colours: ChartColours
  /** A day for the axis, as 3月2日. */
  dayWords: (at: number) => string
  /** The line breaks where nothing was measured for longer. */
  longestGapMs?: number
}

interface Measured {
  at: number
  value: number
}
interface Scale {
  x: (at: number) => number
  y: (value: number) => number
}
interface Frame {
  left: number
  right: number
  top: number
  bottom: number
}

const DASHES = ['', ' stroke-dasharray="7 5"']
const MOST_TICKS = 5

const isMeasured = (point: Point): point is Measured =>
  point.value !== null && Number.isFinite(point.value)
export const measured = ({ points }: Series): Measured[] =>
  points.filter(isMeasured).sort((a, b) => a.at - b.at)

const round = (value: number) => Math.round(value * 10) / 10

/** Round figures that take in every value; a single value stands in the middle. */
export function ticksOf(values: readonly number[]): number[] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const span = high - low || Math.max(1, Math.abs(high) * 0.1)
  const rough = span / (MOST_TICKS - 2)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const places = Math.max(0, -Math.floor(Math.log10(step)))
  const first = Math.floor(low / step)
  const last = Math.max(Math.ceil(high / step), first + 1)
  const count = last - first + 1
  return Array.from({ length: count }, (_, index) =>
    Number(((first + index) * step).toFixed(places)),
  )
}

/** Runs of points that belong together: a gap ends one. */
function runsOf({ points }: Series, longestGapMs: number): Measured[][] {
  const runs: Measured[][] = []
  let run: Measured[] = []
  for (const point of [...points].sort((a, b) => a.at - b.at)) {
    const before = run[run.length - 1]
    if (run.length > 0 && (!isMeasured(point) || (before && point.at - before.at > longestGapMs))) {
      runs.push(run)
      run = []
    }
    if (isMeasured(point)) run.push(point)
  }
  return run.length > 0 ? [...runs, run] : runs
}

const escaped = (words: string) =>
  words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

function scaleOf(ats: readonly number[], ticks: readonly number[], frame: Frame): Scale {
  const first = Math.min(...ats)
  const span = Math.max(...ats) - first
  const low = ticks[0] ?? 0
  const height = (ticks[ticks.length - 1] ?? 1) - low
  const { left, right, top, bottom } = frame
  return {
    x: (at) =>
      round(span === 0 ? (left + right) / 2 : left + ((at - first) / span) * (right - left)),
    y: (value) => round(bottom - ((value - low) / height) * (bottom - top)),
  }
}

function pointMark(
  x: number,
  y: number,
  place: number,
  isOutside: boolean,
  colour: string,
): string {
  if (isOutside) {
    // A triangle, larger, and red: whoever sees no red sees the triangle.
    return `<path d="M${x} ${round(y - 8)}l7.5 13h-15z" fill="${colour}"/>`
  }
  return place === 0
    ? `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`
    : `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8" fill="${colour}"/>`
}

function words(x: number, y: number, anchor: string, look: ChartLook, text: string): string {
  return `<text x="${x}" y="${y}" font-size="${look.type}" fill="${look.colours.text}" text-anchor="${anchor}" font-family="sans-serif">${escaped(text)}</text>`
}

function axes(frame: Frame, scale: Scale, ticks: number[], ats: number[], look: ChartLook): string {
  const lines = ticks.map((tick) => {
    const y = scale.y(tick)
    return `<path d="M${frame.left} ${y}H${frame.right}" stroke="${look.colours.grid}"/>${words(frame.left - 6, round(y + look.type * 0.35), 'end', look, String(tick))}`
  })
  const first = look.dayWords(Math.min(...ats))
  const last = look.dayWords(Math.max(...ats))
  const under = round(frame.bottom + look.type * 1.4)
  const days =
    first === last
      ? [words(round((frame.left + frame.right) / 2), under, 'middle', look, first)]
      : [
          words(frame.left, under, 'start', look, first),
          words(frame.right, under, 'end', look, last),
        ]
  return lines.join('') + days.join('')
}

function oneSeries(
  series: Series,
  place: number,
  scale: Scale,
  band: Band | null,
  look: ChartLook,
) {
  const colour = look.colours.lines[place] ?? look.colours.lines[0]
  const runs = runsOf(series, look.longestGapMs ?? Number.POSITIVE_INFINITY)
  const drawn = runs.map((run) => {
    const path = run.map(({ at, value }) => `${scale.x(at)} ${scale.y(value)}`).join('L')
    const marks = run.map(({ at, value }) => {
      const isOutside = band !== null && (value < band.from || value > band.to)
      const ink = isOutside ? look.colours.outside : colour
      return pointMark(scale.x(at), scale.y(value), place, isOutside, ink)
    })
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="3" stroke-linejoin="round"${DASHES[place] ?? ''}/>${marks.join('')}`
  })
  return drawn.join('')
}

/** Empty text where nothing was measured. One band is for charts of one series. */
export function lineChart(all: readonly Series[], band: Band | null, look: ChartLook): string {
  const points = all.reduce<Measured[]>((list, series) => list.concat(measured(series)), [])
  if (points.length === 0) return ''
  const ticks = ticksOf([
    ...points.map(({ value }) => value),
    ...(band ? [band.from, band.to] : []),
  ])
  const widest = Math.max(...ticks.map((tick) => String(tick).length))
  const frame = {
    left: round(widest * look.type * 0.62 + 10),
    right: look.width - 12,
    top: round(look.type * 0.8),
    bottom: round(look.height - look.type * 1.9),
  }
  const ats = points.map(({ at }) => at)
  const scale = scaleOf(ats, ticks, frame)
  const ground = band
    ? `<rect x="${frame.left}" y="${scale.y(band.to)}" width="${round(frame.right - frame.left)}" height="${round(scale.y(band.from) - scale.y(band.to))}" fill="${look.colours.band}"/>`
    : ''
  const lines = all.map((series, place) => oneSeries(series, place, scale, band, look)).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${look.width}" height="${look.height}" viewBox="0 0 ${look.width} ${look.height}">${ground}${axes(frame, scale, ticks, ats, look)}${lines}</svg>`
}
