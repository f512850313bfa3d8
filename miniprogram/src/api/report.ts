/**
 * What fails in this app itself, told to the server: where and what, and nothing of a person. A
 * report that cannot be sent waits for the next opening; few are sent, for one tells enough.
 */
import Taro from '@tarojs/taro'
import { recall, remember } from '@/platform/store'
import { baseLibrary, pageRoute } from '@/platform/where'
import type { Body } from './types'

type ClientError = Body<'/api/client-errors'>

const KEY = 'unsent-reports'
const MOST = 3
let sent = 0

/** Ids, numbers, names, and whatever stands behind a question mark. */
const scrubbed = (text: string, longest: number): string =>
  text
    .replace(/[^\x20-\x7e]+/g, '…')
    .replace(/[?#]\S*/g, '')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '<id>')
    .replace(/\d{5,}/g, '<number>')
    .replace(/[\w-]{32,}/g, '<secret>')
    .slice(0, longest)

function stackOf(error: unknown): string[] {
  const lines = String((error as { stack?: string })?.stack ?? '').split('\n')
  // Of our own bundle: other lines name the phone's parts.
  return lines
    .filter((line) => /\.js:\d/.test(line))
    .slice(0, 8)
    .map((line) => scrubbed(line.trim(), 200))
}

const messageOf = (error: unknown): string =>
  String(
    (error as { message?: string })?.message ?? (error as { errMsg?: string })?.errMsg ?? error,
  )

export function reportError(kind: ClientError['kind'], error: unknown): void {
  if (sent >= MOST) return
  sent += 1
  void send({
    kind,
    message: scrubbed(messageOf(error), 300),
    stack: stackOf(error),
    page: pageRoute(),
    version: APP_VERSION,
    base_library: baseLibrary(),
  })
}

async function send(report: ClientError): Promise<void> {
  const { statusCode } = await Taro.request({
    url: `${API_BASE}/api/client-errors`,
    method: 'POST',
    header: { 'Content-Type': 'application/json' },
    data: JSON.stringify(report),
    timeout: 15_000,
  }).catch(() => ({ statusCode: 0 }))
  const waiting = recall<ClientError[]>(KEY) ?? []
  if (statusCode === 0) remember(KEY, [...waiting, report].slice(-MOST))
}

/** Called when the app starts. */
export function sendUnsentReports(): void {
  const waiting = recall<ClientError[]>(KEY) ?? []
  remember(KEY, [])
  for (const report of waiting) void send(report)
}
