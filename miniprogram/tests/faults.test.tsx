import Taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { networkProblem } from '@/api/client'
import { readAnew } from '@/platform/store'
import { isTooOld } from '@/platform/where'
import { guarded } from '@/ui/guarded'
import { problemWords } from '@/ui/problem-words'

let request = vi.mocked(Taro.request) as unknown as ReturnType<typeof vi.fn>
const bodies = () =>
  request.mock.calls
    .filter(([options]) => options.url.endsWith('/api/client-errors'))
    .map(([options]) => JSON.parse(options.data))

beforeEach(() => {
  Taro.clearStorageSync()
  readAnew()
  vi.resetModules()
  request = vi.mocked(Taro.request) as never
  request.mockResolvedValue({ statusCode: 204 })
})
afterEach(cleanup)

describe('a page that cannot be drawn', () => {
  it('says so, has a way out, and tells the server', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const Broken = guarded(() => {
      throw new Error('李桂英 13800001234 x is undefined')
    })
    render(<Broken />)
    expect(screen.getByTestId('page-failed').textContent).toContain('打不开')
    await act(async () => screen.getByTestId('failed-home').click())
    expect(Taro.reLaunch).toHaveBeenCalledWith({ url: '/pages/today/index' })
    expect(bodies()[0]).toMatchObject({ kind: 'render', message: '… <number> x is undefined' })
  })
})

describe('a report', () => {
  async function fresh(): Promise<typeof import('@/api/report')> {
    const { default: taro } = await import('@tarojs/taro')
    request = vi.mocked(taro.request) as never
    request.mockResolvedValue({ statusCode: 204 })
    return import('@/api/report')
  }

  it('has no ids, texts or queries in it', async () => {
    const { reportError } = await fresh()
    const error = new Error('GET https://a/b?dose_id=9 of 0198c1f2-1111-7abc-8def-0123456789ab 王')
    error.stack = 'Error: 王\n at f (app.js:1:22)\n at WASubContext'
    reportError('unhandled', error)
    const [body] = bodies()
    expect(body.message).toBe('GET https://a/b of <id> …')
    expect(body.stack).toEqual(['at f (app.js:1:22)'])
    expect(Object.keys(body).sort()).toEqual(
      ['base_library', 'kind', 'message', 'page', 'stack', 'version'].sort(),
    )
  })

  it('is sent three times an opening at most, and waits where it cannot be sent', async () => {
    const { reportError, sendUnsentReports } = await fresh()
    request.mockRejectedValue({ errMsg: 'request:fail' })
    for (let n = 0; n < 5; n += 1) reportError('unhandled', new Error(`e${n}`))
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(bodies()).toHaveLength(3)

    request.mockReset()
    request.mockResolvedValue({ statusCode: 204 })
    sendUnsentReports()
    expect(bodies().map((one) => one.message)).toEqual(['e0', 'e1', 'e2'])
  })
})

describe('a request that fails', () => {
  it.each([
    ['request:fail url not in domain list', 'address-not-allowed'],
    [
      'request:fail errcode:-202 cronet_error_code:-202 error_msg:net::ERR_CERT_INVALID',
      'connection-not-secure',
    ],
    ['request:fail timeout', 'timeout'],
    ['request:fail errcode:-106', 'offline'],
  ])('is told apart: %s', (errMsg, type) => {
    const problem = networkProblem({ errMsg })
    expect(problem.type).toBe(type)
    expect(problemWords(problem).includes('没有网络')).toBe(type === 'offline')
  })
})

it('knows which versions of WeChat cannot film', () => {
  expect(['2.32.2', '2.9.9', '1.0'].map(isTooOld)).toEqual([true, true, true])
  expect(['2.32.3', '2.40.0', '3.0.0', '', 'dev'].map(isTooOld)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})
