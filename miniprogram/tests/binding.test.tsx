import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as client from '@/api/client'
import type { BindingPreview, ConsentDocument } from '@/api/types'
import * as api from '@/features/binding/api'
import { ConsentStep } from '@/features/binding/consent-step'
import * as consents from '@/features/consents/api'
import { versionWords } from '@/features/consents/words'
import { ApiProblem } from '@/lib/problem'
import BindPage from '@/pages/bind/index'
import * as seen from '@/platform/seen'

const preview = {
  name_masked: '李**',
  sex: 'female',
  birth_year: 1958,
  institution_name: '青山镇卫生院',
  team_name: '一队',
  relation: 'self',
  expires_at: '2026-11-23T08:00:00+08:00',
} as BindingPreview
const text = (purpose: string): ConsentDocument =>
  ({ purpose, version: '2026-11-90', title: purpose, paragraphs: ['读'], required: true }) as never

function opened(scene = '') {
  vi.spyOn(taro, 'useRouter').mockReturnValue({ params: scene ? { scene } : {} } as never)
  vi.spyOn(client, 'openSession').mockResolvedValue({ staff: false } as never)
  const lookUp = vi.spyOn(api, 'lookUp').mockResolvedValue(preview)
  render(<BindPage />)
  return lookUp
}
const tap = (id: string) => act(async () => screen.getByTestId(id).click())
async function type(digits: string) {
  for (const digit of digits) await tap(`pad-${digit}`)
}
const shown = (id: string) => screen.queryByTestId(id) !== null

beforeEach(() => void vi.useFakeTimers())
afterEach(async () => {
  cleanup()
  vi.useRealTimers()
})

describe('binding a phone', () => {
  it('looks a scanned code up at once', async () => {
    const lookUp = opened('b%3DABCD2345EFGH2345')
    await act(async () => undefined)
    expect(lookUp).toHaveBeenCalledExactlyOnceWith({ code: 'ABCD2345EFGH2345' })
    expect(screen.getByTestId('bind-name').textContent).toBe('李**')
  })

  it('does not look it up again by itself after “not me”', async () => {
    const lookUp = opened('b%3DABCD2345EFGH2345')
    await act(async () => undefined)
    await tap('bind-deny')
    expect(lookUp).toHaveBeenCalledOnce()
  })

  it('takes eight digits and the end of the phone, with corrections', async () => {
    const lookUp = opened()
    await tap('bind-type')
    await type('123456789')
    await tap('pad-back')
    await type('00012')
    expect(lookUp).not.toHaveBeenCalled()
    expect(screen.getByTestId('bind-digits').textContent).toBe('12345678')

    await tap('bind-submit')

    expect(lookUp).toHaveBeenCalledExactlyOnceWith({ code: '12345678', phone_tail: '0001' })
  })

  it('does not go on before everything is typed', async () => {
    const lookUp = opened()
    await tap('bind-type')
    await type('12345678123')
    const submit = screen.getByTestId('bind-submit') as HTMLButtonElement
    expect([submit.disabled, submit.textContent]).toEqual([true, '再输入手机号最后四位'])
    expect(lookUp).not.toHaveBeenCalled()
  })

  it('says the same whatever was wrong', async () => {
    const lookUp = opened()
    const wrong = new ApiProblem({ type: 'binding-code-unknown', title: '', status: 404 })
    lookUp.mockRejectedValue(wrong)
    await tap('bind-type')
    await type('123456780000')
    await tap('bind-submit')
    expect(screen.getByTestId('problem').textContent).toContain('数字和手机号最后四位再看一遍')
  })
})

describe('a consent', () => {
  async function reading() {
    const ends: (() => void)[] = []
    vi.spyOn(seen, 'whenSeen').mockImplementation((_id, end) => {
      ends.push(end)
      return () => undefined
    })
    vi.spyOn(consents, 'fetchDocuments').mockResolvedValue([text('one'), text('two')])
    const accepted = vi.fn(async () => undefined)
    render(<ConsentStep onAccepted={accepted} onBack={() => undefined} />)
    await act(async () => undefined)
    await act(async () => void (await vi.advanceTimersByTimeAsync(400)))
    return { ends, accepted }
  }

  const armed = () => act(async () => void (await vi.advanceTimersByTimeAsync(900)))

  it('is agreed to after its end was in view, each by itself and from its top', async () => {
    const { ends, accepted } = await reading()
    expect(shown('consent-accept')).toBe(false)
    act(() => ends[0]?.())
    await armed()
    await tap('consent-accept')
    expect(shown('consent-accept')).toBe(false)
    expect(vi.mocked(Taro.pageScrollTo)).toHaveBeenLastCalledWith({ scrollTop: 0, duration: 0 })

    await act(async () => void (await vi.advanceTimersByTimeAsync(400)))
    act(() => ends[1]?.())
    await armed()
    await tap('consent-accept')
    expect(accepted).toHaveBeenCalledOnce()
  })

  it('is not given by a touch that was meant for what stood there before', async () => {
    const { ends, accepted } = await reading()
    act(() => ends[0]?.())
    await tap('consent-accept')
    expect(screen.getByTestId('consent-accept')).toBeTruthy()
    await armed()
    await tap('consent-accept')
    expect(accepted).not.toHaveBeenCalled()
    expect(shown('consent-accept')).toBe(false)
  })

  it('is not read because the end of the one before it was asked for', async () => {
    const { ends } = await reading()
    await tap('consent-read-on')
    act(() => ends[0]?.())
    await armed()
    await tap('consent-accept')
    await act(async () => void (await vi.advanceTimersByTimeAsync(5_000)))
    expect(shown('consent-accept')).toBe(false)
  })

  it('is no trap where its end is never reported', async () => {
    await reading()
    await tap('consent-read-on')
    await act(async () => void (await vi.advanceTimersByTimeAsync(1500)))
    expect(shown('consent-accept')).toBe(true)
  })

  it('can be refused without having been read', async () => {
    await reading()
    expect(shown('consent-refuse')).toBe(true)
  })

  it('tells its edition as a month', () => {
    expect(versionWords('2026-11-90')).toBe('2026年11月的版本')
    expect(versionWords('draft')).toBe('版本 draft')
  })
})
