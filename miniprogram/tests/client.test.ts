import Taro from '@tarojs/taro'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetSession, get, openSession, post } from '@/api/client'
import { upload as uploadFile } from '@/api/upload'

vi.mock('@/platform/login', () => ({
  loginCode: vi.fn(async () => 'code'),
  storageOwner: () => 'u',
}))

interface Sent {
  url: string
  method: string
  header: Record<string, string>
  data?: string
}
const answers: { status: number; body?: unknown; fail?: string }[] = []
const sent: Sent[] = []
const request = vi.mocked(Taro.request) as unknown as ReturnType<typeof vi.fn>
const session = { access_token: 't1', expires_in_s: 7200, bound: true, ended: false, staff: false }

beforeEach(() => {
  forgetSession()
  answers.length = 0
  sent.length = 0
  request.mockImplementation(async (options: Sent) => {
    sent.push(options)
    const next = answers.shift() ?? { status: 200, body: {} }
    if (next.fail) throw { errMsg: next.fail }
    return { statusCode: next.status, header: {}, data: JSON.stringify(next.body ?? null) }
  })
})
const paths = () => sent.map((one) => one.url)

describe('the session', () => {
  it('is opened once for calls that start together', async () => {
    answers.push({ status: 200, body: session })
    await Promise.all([get('/api/me', {}), get('/api/today', {})])
    expect(paths().filter((url) => url === '/api/auth/wechat')).toHaveLength(1)
  })

  it('is renewed silently when it has ended, and the call is made again', async () => {
    answers.push(
      { status: 200, body: session },
      { status: 401 },
      { status: 200, body: { ...session, access_token: 't2' } },
    )
    answers.push({ status: 200, body: { name: '王' } })
    expect(await get('/api/me', {})).toEqual({ name: '王' })
    expect(sent[3]?.header.Authorization).toBe('Bearer t2')
  })

  it('gives up after one renewal', async () => {
    answers.push(
      { status: 200, body: session },
      { status: 401 },
      { status: 200, body: session },
      { status: 401 },
    )
    await expect(get('/api/me', {})).rejects.toMatchObject({ status: 401 })
  })

  it('asks WeChat for one fresh code when the first is spent', async () => {
    answers.push(
      { status: 401, body: { type: 'wechat-code-invalid' } },
      { status: 200, body: session },
    )
    expect((await openSession()).access_token).toBe('t1')
    expect(paths()).toEqual(['/api/auth/wechat', '/api/auth/wechat'])
  })
})

describe('a call', () => {
  it('fills the path, and carries the key of the intent', async () => {
    answers.push({ status: 200, body: session })
    const body = { symptoms: [], note: null, reported_at: '2026-11-22T08:00:00Z' }
    await post('/api/doses/{dose_id}/side-effects', { path: { dose_id: 'a/b' }, body, key: 'k1' })
    expect(sent[1]).toMatchObject({
      url: '/api/doses/a%2Fb/side-effects',
      method: 'POST',
      header: { 'Idempotency-Key': 'k1' },
      data: JSON.stringify(body),
    })
  })

  it.each([
    ['request:fail timeout', 'timeout'],
    ['request:fail ', 'offline'],
  ])('%s is told as %s', async (fail, type) => {
    answers.push({ status: 200, body: session }, { status: 0, fail })
    await expect(get('/api/me', {})).rejects.toMatchObject({ type })
  })
})

describe('an upload', () => {
  const ticket = {
    url: 's3',
    fields: { key: 'k', policy: 'p' },
    expires_at: '2026-11-22T08:00:00Z',
  }
  const upload = vi.mocked(Taro.uploadFile) as unknown as ReturnType<typeof vi.fn>
  const task = (statusCode: number) =>
    Object.assign(Promise.resolve({ statusCode, data: '' }), {
      onProgressUpdate: (told: (p: { progress: number }) => void) => told({ progress: 37 }),
    })

  it('sends the ticket’s fields and tells how far it is', async () => {
    const seen: number[] = []
    upload.mockReturnValue(task(204))
    await uploadFile(ticket, 'film.mp4', (percent) => seen.push(percent)).done
    expect(upload).toHaveBeenCalledWith(
      expect.objectContaining({ name: 'file', formData: ticket.fields }),
    )
    expect(seen).toEqual([37])
  })

  it('does not take a refusal of the storage for success', async () => {
    upload.mockReturnValue(task(403))
    await expect(uploadFile(ticket, 'film.mp4', () => undefined).done).rejects.toMatchObject({
      type: 'storage-refused',
    })
  })
})
