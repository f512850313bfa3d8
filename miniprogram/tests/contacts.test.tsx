import Taro from '@tarojs/taro'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ContactRows } from '@/features/account/contact-rows'
import { contactLines, rememberContacts, urgentContact } from '@/offline/contacts'
import SeverePage from '@/pages/severe/index'

const none = {
  relation: 'self' as const,
  on_call_phone: null,
  team_phone: null,
  institution_phone: null,
}
const dial = vi.fn(async (_: { phoneNumber: string }) => undefined)
Object.assign(Taro, { makePhoneCall: dial })

afterEach(() => {
  cleanup()
  dial.mockClear()
  Taro.clearStorageSync()
})

describe('the doctors’ numbers', () => {
  it('are those that there are, the one for any hour first, none twice', () => {
    expect(contactLines(null)).toEqual([])
    expect(contactLines(none)).toEqual([])
    const all = { on_call_phone: '1', team_phone: '2', institution_phone: '2' }
    expect(contactLines(all).map((line) => line.phone)).toEqual(['1', '2'])
  })

  it('are called by a tap', () => {
    render(<ContactRows contacts={{ ...none, team_phone: '023-1' }} />)
    fireEvent.click(screen.getByTestId('contact'))
    expect(dial).toHaveBeenCalledExactlyOnceWith({ phoneNumber: '023-1' })
  })
})

describe('the page after something severe', () => {
  it('calls the remembered doctor’s number, with no network either', () => {
    rememberContacts({ ...none, team_phone: '023-1', on_call_phone: '023-9' })
    render(<SeverePage />)
    fireEvent.click(screen.getByTestId('call-doctor'))
    expect(dial).toHaveBeenCalledExactlyOnceWith({ phoneNumber: '023-9' })
  })

  it('shows the doctor’s number when it comes after the page has opened', () => {
    render(<SeverePage />)
    expect(screen.queryByTestId('call-doctor')).toBeNull()
    act(() => rememberContacts({ ...none, team_phone: '023-1' }))
    fireEvent.click(screen.getByTestId('call-doctor'))
    expect(dial).toHaveBeenCalledExactlyOnceWith({ phoneNumber: '023-1' })
  })

  it('still calls 120 where no number was ever told', () => {
    expect(urgentContact()).toBeNull()
    render(<SeverePage />)
    expect(screen.queryByTestId('call-doctor')).toBeNull()
    fireEvent.click(screen.getByTestId('call-120'))
    expect(dial).toHaveBeenCalledExactlyOnceWith({ phoneNumber: '120' })
  })
})
