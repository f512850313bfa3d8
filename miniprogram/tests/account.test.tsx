import '@/register'
import Taro from '@tarojs/taro'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { closeAccount } from '@/features/account/api'
import { confirmPerson, personHere, rememberPerson } from '@/offline/person'
import { theOutbox } from '@/offline/use-outbox'
import AccountPage from '@/packages/me/account/index'
import { recall } from '@/platform/store'
import { noSymptoms } from './outbox/phone'

vi.mock('@/features/account/api')
vi.mock('@/offline/person', async (original) => ({
  ...(await original<typeof import('@/offline/person')>()),
  confirmPerson: vi.fn(async () => Promise.reject(new Error('withdrawn'))),
}))

afterEach(() => {
  cleanup()
  Taro.clearStorageSync()
})

it('closing clears what this person left unsent, and keeps another person’s', async () => {
  rememberPerson('p1')
  const theirs = theOutbox().add(noSymptoms)
  rememberPerson('p2')
  theOutbox().add(noSymptoms)
  render(<AccountPage />)

  await act(async () => void fireEvent.click(screen.getByTestId('close-account')))
  expect((screen.getByTestId('close-surely') as HTMLButtonElement).disabled).toBe(true)
  fireEvent.change(screen.getByTestId('close-word'), { target: { value: ' 注销 ' } })
  expect(closeAccount).not.toHaveBeenCalled()
  await act(async () => void fireEvent.click(screen.getByTestId('close-surely')))

  expect(confirmPerson).toHaveBeenCalled()
  expect(closeAccount).toHaveBeenCalled()
  expect(recall('outbox')).toMatchObject([{ id: theirs, person: 'p1' }])
  expect(personHere()).toBeNull()
})
