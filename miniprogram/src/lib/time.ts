/** Times arrive as ISO text with an offset; people read them in the patient's own zone. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d{2}:\d{2})$/
const WEEKDAYS = ['日', '一', '二', '三', '四', '五', '六']
const MINUTE = 60_000
const DAY = 86_400_000

let zoneName = 'Asia/Shanghai'

/** The zone the server told us; used for every time shown from then on. */
export function setZone(name: string): void {
  zoneName = name
}

/** Old iOS engines refuse some ISO spellings, so the text is read by hand. */
export function instantOf(text: string): number {
  const m = ISO.exec(text)
  if (!m) return Number.NaN
  const n = (i: number) => Number(m[i] ?? 0)
  const ms = Number((m[7] ?? '').padEnd(3, '0'))
  return Date.UTC(n(1), n(2) - 1, n(3), n(4), n(5), n(6), ms) - offsetMs(m[8] ?? 'Z')
}

function offsetMs(text: string): number {
  if (text === 'Z') return 0
  const sign = text.startsWith('-') ? -1 : 1
  return sign * (Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6))) * MINUTE
}

/** Shanghai needs no Intl, which some phones' Mini Program engine lacks; other zones use it if there. */
function zoneOffsetMs(instant: number): number {
  if (zoneName === 'Asia/Shanghai') return 480 * MINUTE
  try {
    const text = new Date(instant).toLocaleString('en-US', { timeZone: zoneName, hour12: false })
    const m = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(text)
    if (m) return wallOf(m) - Math.floor(instant / 1000) * 1000
  } catch {
    // No Intl here: the phone's own zone is the best guess.
  }
  return -new Date(instant).getTimezoneOffset() * MINUTE
}

function wallOf(m: RegExpExecArray): number {
  const [month, day, year, hour, minute, second] = m.slice(1).map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, (hour ?? 0) % 24, minute, second)
}

function wall(instant: number): Date {
  return new Date(instant + zoneOffsetMs(instant))
}

const two = (n: number) => String(n).padStart(2, '0')

export function dayOf(instant: number): string {
  const d = wall(instant)
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
}

export function clockOf(text: string): string {
  const d = wall(instantOf(text))
  return `${d.getUTCHours()}:${two(d.getUTCMinutes())}`
}

/** "8月5日" */
export function dayWords(on: string): string {
  const [, month, day] = on.split('-').map(Number)
  return `${month}月${day}日`
}

export function weekdayOf(on: string): number {
  return new Date(`${on}T00:00:00Z`).getUTCDay()
}

/** "8月5日 星期二" */
export function longDayWords(on: string): string {
  return `${dayWords(on)} 星期${WEEKDAYS[weekdayOf(on)]}`
}

/** "8月5日 14:03" */
export function momentWords(text: string): string {
  return `${dayWords(dayOf(instantOf(text)))} ${clockOf(text)}`
}

/** The window as people say it: a close after midnight is 次日, i.e. the next day. */
export function windowWords(opensAt: string, closesAt: string): string {
  const nextDay = dayOf(instantOf(opensAt)) !== dayOf(instantOf(closesAt))
  return `${clockOf(opensAt)} 到${nextDay ? '次日 ' : ' '}${clockOf(closesAt)}`
}

export function isoOf(instant: number): string {
  return new Date(instant).toISOString()
}

export function addDays(on: string, days: number): string {
  return new Date(Date.parse(`${on}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)
}

export function addMonths(month: string, months: number): string {
  const [year, number] = month.split('-').map(Number)
  const d = new Date(Date.UTC(year ?? 0, (number ?? 1) - 1 + months, 1))
  return d.toISOString().slice(0, 7)
}

export function monthWords(month: string): string {
  const [year, number] = month.split('-').map(Number)
  return `${year}年${number}月`
}
