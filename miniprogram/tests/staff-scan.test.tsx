import Taro, * as taro from '@tarojs/taro'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StaffScan } from '@/api/types'
import * as api from '@/features/staff-scan/api'
import { ApiProblem } from '@/lib/problem'
import StaffScanPage from '@/packages/staff/staff-scan/index'

const CODE = 'ABCDEFGH2345'
const login: StaffScan = {
  kind: 'login',
  staff_name: '李梅',
  institution_name: '青山镇卫生院',
  device: 'Windows 电脑 · 微软浏览器',
  asked_at: '2026-09-10T12:03:00+08:00',
  expires_at: '2026-09-10T12:04:00+08:00',
  same_network: true,
  numbers: ['27', '41', '88'],
}

function scanned(scan: StaffScan) {
  vi.spyOn(taro, 'useRouter').mockReturnValue({ params: { scene: `s%3D${CODE}` } } as never)
  vi.spyOn(api, 'fetchStaffScan').mockResolvedValue(scan)
  return vi.spyOn(api, 'confirmStaffScan')
}

beforeEach(() => vi.mocked(Taro.navigateBack).mockClear())
afterEach(cleanup)

describe('a log-in that a PC asks for', () => {
  it('says who, which PC, when and whether it is the same network', async () => {
    scanned(login)
    render(<StaffScanPage />)
    for (const words of ['李梅', '青山镇卫生院', login.device, '12:03', '和手机是同一个']) {
      expect(await screen.findByText(words)).toBeTruthy()
    }
    expect(screen.queryByTestId('other-network')).toBeNull()
  })

  it('warns when phone and PC are in different networks', async () => {
    scanned({ ...login, same_network: false })
    render(<StaffScanPage />)
    expect((await screen.findByTestId('other-network')).textContent).toContain('不在同一个网络')
  })

  it('is confirmed by the number alone', async () => {
    const confirm = scanned(login).mockResolvedValue({ kind: 'login', number: null })
    render(<StaffScanPage />)
    expect(screen.queryByTestId('staff-scan-confirm')).toBeNull()
    fireEvent.click(await screen.findByTestId('scan-number-41'))
    expect((await screen.findByTestId('staff-scan-done')).textContent).toContain('好了，请看电脑')
    expect(confirm).toHaveBeenCalledExactlyOnceWith(CODE, '41')
    expect(screen.queryByTestId('link-number')).toBeNull()
  })

  it('offers nothing but another code after a wrong number', async () => {
    const wrong = new ApiProblem({ type: 'scan-number-wrong', title: '数字不一样', status: 409 })
    scanned(login).mockRejectedValue(wrong)
    render(<StaffScanPage />)
    fireEvent.click(await screen.findByTestId('scan-number-27'))
    fireEvent.click(await screen.findByTestId('staff-scan-again'))
    expect(screen.getByTestId('staff-code-input')).toBeTruthy()
    expect(screen.queryByTestId('scan-number-41')).toBeNull()
  })

  it('keeps the numbers when only the network failed', async () => {
    scanned(login).mockRejectedValue(new ApiProblem({ type: 'offline', title: '', status: 0 }))
    render(<StaffScanPage />)
    fireEvent.click(await screen.findByTestId('scan-number-41'))
    expect((await screen.findByTestId('problem')).textContent).toContain('没有网络')
    expect(screen.getByTestId('scan-number-41')).toBeTruthy()
  })

  it('is left by a tap', async () => {
    const confirm = scanned(login)
    render(<StaffScanPage />)
    fireEvent.click(await screen.findByTestId('staff-scan-cancel'))
    expect(Taro.navigateBack).toHaveBeenCalled()
    expect(confirm).not.toHaveBeenCalled()
  })
})

describe('a WeChat that is to be linked', () => {
  it('shows the number that the PC will ask for', async () => {
    const confirm = scanned({ ...login, kind: 'link', numbers: [] })
    confirm.mockResolvedValue({ kind: 'link', number: '63' })
    render(<StaffScanPage />)
    fireEvent.click(await screen.findByTestId('staff-scan-confirm'))
    expect((await screen.findByTestId('link-number')).textContent).toBe('63')
    expect(confirm).toHaveBeenCalledExactlyOnceWith(CODE, null)
  })
})
