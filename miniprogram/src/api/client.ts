/** Every request but the upload of a file: the only user of Taro.request. */
import Taro from '@tarojs/taro'
import { ApiProblem, offline, problemFrom, timedOut } from '@/lib/problem'
import { loginCode } from '@/platform/login'
import type { Answer, Body, GetPath, PathParams, PostPath, Query, Session } from './types'

const REQUEST_MS = 15_000

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

export function networkProblem(error: unknown): ApiProblem {
  const text = String((error as { errMsg?: string })?.errMsg ?? error)
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
  if (session) return Promise.resolve(session)
  if (!opening) {
    opening = logInTwice()
      .then((opened) => {
        session = opened
        return opened
      })
      .finally(() => {
        opening = null
      })
  }
  return opening
}

export function forgetSession(): void {
  session = null
}

async function authorized(method: 'GET' | 'POST', path: string, o: AnyOptions): Promise<unknown> {
  const attempt = async () => {
    const { access_token } = await openSession()
    const header: Header = { Authorization: `Bearer ${access_token}` }
    if (o.key) header['Idempotency-Key'] = o.key
    return send(method, fill(path, o.path) + queryText(o.query), header, o.body)
  }
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error
    forgetSession()
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
