import Taro from '@tarojs/taro'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { closeAccount } from '@/features/account/api'
import { outbox } from '@/features/outbox/use-outbox'
import { confirmPerson, personHere, rememberPerson } from '@/features/session/person'
import { recall } from '@/lib/store'
import AccountPage from '@/pages/account/index'
import { noSymptoms } from './outbox/phone'

vi.mock('@/features/account/api')
vi.mock('@/features/session/person', async (original) => ({
  ...(await original<typeof import('@/features/session/person')>()),
  confirmPerson: vi.fn(async () => Promise.reject(new Error('withdrawn'))),
}))

afterEach(() => {
  cleanup()
  Taro.clearStorageSync()
})

it('closing clears what this person left unsent, and keeps another person’s', async () => {
  Object.assign(Taro, { showModal: vi.fn(async () => ({ confirm: true })) })
  rememberPerson('p1')
  const theirs = outbox.add(noSymptoms)
  rememberPerson('p2')
  outbox.add(noSymptoms)
  render(<AccountPage />)

  await act(async () => void fireEvent.click(screen.getByTestId('close-account')))

  expect(confirmPerson).toHaveBeenCalled()
  expect(closeAccount).toHaveBeenCalled()
  expect(recall('outbox')).toMatchObject([{ id: theirs, person: 'p1' }])
  expect(personHere()).toBeNull()
})
