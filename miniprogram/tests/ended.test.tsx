import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSession } from '@/api/client'
import { fetchEnding } from '@/features/account/api'
import EndedPage from '@/pages/ended/index'
import { recall, remember } from '@/platform/store'

vi.mock('@/features/account/api')
vi.mock('@/api/client')

const told = (care_goes_on: boolean) =>
  vi.mocked(fetchEnding).mockResolvedValue({
    patient_id: 'p1',
    care_goes_on,
    team_name: '第一团队',
    institution_name: '青山镇卫生院',
    team_phone: '023-68001234',
    institution_phone: null,
    on_call_phone: null,
  })
const session = (bound: boolean, ended: boolean) =>
  vi.mocked(openSession).mockResolvedValue({
    access_token: 't',
    expires_in_s: 7200,
    bound,
    ended,
    staff: false,
  })
const shown = () => document.body.textContent ?? ''

beforeEach(() => {
  vi.mocked(Taro.reLaunch).mockClear()
  vi.mocked(taro.useDidShow).mockReset()
  session(false, true)
})
afterEach(() => {
  cleanup()
  Taro.clearStorageSync()
})

describe('a record that its team has closed', () => {
  it('asks a family for nothing, says whom to call, and nothing of drugs', async () => {
    told(false)
    render(<EndedPage />)
    expect((await screen.findByTestId('ended')).textContent).toContain('不再有服药安排')
    expect(screen.getByTestId('contact').textContent).toContain('023-68001234')
    expect(shown()).not.toContain('停药')
  })

  it('tells who is treated elsewhere not to stop by themselves', async () => {
    told(true)
    render(<EndedPage />)
    expect((await screen.findByTestId('ended')).textContent).toContain('不要自己停药')
  })

  it('leaves no dose of before to be shown without a network', async () => {
    remember('today-items', { on: '2026-09-10', items: [{ kind: 'dose' }] })
    told(false)
    render(<EndedPage />)
    await screen.findByTestId('ended')
    expect(recall('today-items')).toBeNull()
  })

  it.each([
    [true, false, '/pages/today/index'],
    [false, false, '/pages/bind/index'],
  ])('leads on when it is open again (%s) or gone', async (bound, ended, url) => {
    session(bound, ended)
    told(true)
    vi.mocked(taro.useDidShow).mockImplementation((show) => show())
    await act(async () => void render(<EndedPage />))
    expect(Taro.reLaunch).toHaveBeenCalledWith({ url })
  })
})
