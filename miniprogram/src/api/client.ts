/** Every request but the upload of a file: the only user of Taro.request. */
import Taro from '@tarojs/taro'
import { ApiProblem, offline, problemFrom, timedOut } from '@/lib/problem'
import { loginCode } from '@/platform/login'
import { forget, recall, remember } from '@/platform/store'
import { reportError } from './report'
import type { Answer, Body, GetPath, PathParams, PostPath, Query, Session } from './types'

const REQUEST_MS = 15_000
/** A session is not begun to be used in its last minute. */
const EARLY_MS = 60_000

type Header = Record<string, string>
type PartOf<Name extends string, V> = [V] extends [undefined] ? unknown : { [N in Name]: V }
type GetOptions<P extends GetPath> = PartOf<'path', PathParams<'get', P>> & {
  query?: Query<'get', P>
}
type PostOptions<P extends PostPath> = PartOf<'path', PathParams<'post', P>> &
  PartOf<'body', Body<P>> & { key?: string }
interface AnyOptions {
  path?: Record<string, string>
  query?: Record<string, unknown>
  body?: object
  key?: string
}

let session: Session | null = null
/** Outlives the app for as long as the server takes it: a thin line is not spent on logging in. */
const KEPT = 'session'
interface KeptSession {
  session: Session
  until: number
}
let opening: Promise<Session> | null = null

function fill(template: string, values: Record<string, string> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

function queryText(query: Record<string, unknown> = {}): string {
  const parts = Object.keys(query)
    .filter((name) => query[name] !== undefined && query[name] !== null)
    .map((name) => `${name}=${encodeURIComponent(String(query[name]))}`)
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

function headerOf(headers: Record<string, unknown> | undefined, name: string): string | null {
  const found = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === name)
  return found ? String(headers?.[found]) : null
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const NOT_THE_NETWORK = [
  ['address-not-allowed', /not in domain list|invalid url/i],
  ['connection-not-secure', /ssl|tls|cert/i],
] as const

export function networkProblem(error: unknown): ApiProblem {
  const text = String((error as { errMsg?: string })?.errMsg ?? error)
  // Ours to mend, and not by walking about for a better signal.
  const ours = NOT_THE_NETWORK.find(([, words]) => words.test(text))
  if (ours) {
    reportError('network', error)
    return new ApiProblem({ type: ours[0], title: '', status: 0 })
  }
  return /timeout|abort/i.test(text) ? timedOut() : offline()
}

async function send(
  method: 'GET' | 'POST',
  path: string,
  header: Header,
  body?: object,
): Promise<unknown> {
  const answer = await Taro.request<string>({
    url: API_BASE + path,
    method,
    header: body ? { ...header, 'Content-Type': 'application/json' } : header,
    ...(body ? { data: JSON.stringify(body) } : {}),
    dataType: 'text',
    responseType: 'text',
    credentials: 'omit',
    timeout: REQUEST_MS,
  }).catch((error: unknown) => {
    throw networkProblem(error)
  })
  const data = parse(answer.data)
  if (answer.statusCode >= 200 && answer.statusCode < 300) return data
  throw problemFrom(answer.statusCode, data, headerOf(answer.header, 'retry-after'))
}

async function logIn(): Promise<Session> {
  const code = await loginCode()
  return (await send('POST', '/api/auth/wechat', {}, { code })) as Session
}

/** A login code can be spent by an answer that got lost on the way: one fresh code is worth a try. */
async function logInTwice(): Promise<Session> {
  try {
    return await logIn()
  } catch (error) {
    if (error instanceof ApiProblem && error.type === 'wechat-code-invalid') return logIn()
    throw error
  }
}

/** Everyone who needs a session while one is being opened waits for the same one. */
export function openSession(): Promise<Session> {
  session ??= keptSession()
  if (session) return Promise.resolve(session)
  if (!opening) {
    opening = logInTwice()
      .then((opened) => {
        session = opened
        // Unbound is a state that is about to end.
        if (opened.bound) {
          const until = Date.now() + opened.expires_in_s * 1000 - EARLY_MS
          remember<KeptSession>(KEPT, { session: opened, until })
        }
        return opened
      })
      .finally(() => {
        opening = null
      })
  }
  return opening
}

function keptSession(): Session | null {
  const kept = recall<KeptSession>(KEPT)
  return kept && kept.until > Date.now() ? kept.session : null
}

export function forgetSession(): void {
  session = null
  forget(KEPT)
}

/** Only the one that was refused: a newer one may have been opened meanwhile. */
function dropSession(used: string): void {
  if (session?.access_token === used) forgetSession()
}

async function authorized(method: 'GET' | 'POST', path: string, o: AnyOptions): Promise<unknown> {
  let used = ''
  const attempt = async () => {
    const { access_token } = await openSession()
    used = access_token
    const header: Header = { Authorization: `Bearer ${access_token}` }
    if (o.key) header['Idempotency-Key'] = o.key
    return send(method, fill(path, o.path) + queryText(o.query), header, o.body)
  }
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    // Who is bound stands in the session, too: a kept one may know of a binding that has ended.
    if (error.type === 'not-bound') dropSession(used)
    if (error.status !== 401) throw error
    dropSession(used)
    return attempt()
  }
}

export function get<P extends GetPath>(path: P, options: GetOptions<P>): Promise<Answer<'get', P>> {
  return authorized('GET', path, options as AnyOptions) as Promise<Answer<'get', P>>
}

export function post<P extends PostPath>(
  path: P,
  options: PostOptions<P>,
): Promise<Answer<'post', P>> {
  return authorized('POST', path, options as AnyOptions) as Promise<Answer<'post', P>>
}
