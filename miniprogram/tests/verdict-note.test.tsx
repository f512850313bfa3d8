import Taro from '@tarojs/taro'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { VerdictNote } from '@/features/doses/verdict-note'
import { rememberContacts } from '@/offline/contacts'
import { readAnew } from '@/platform/store'

beforeEach(() => {
  Taro.clearStorageSync()
  readAnew()
  rememberContacts({
    on_call_phone: null,
    team_phone: '023-1',
    institution_phone: null,
    relation: 'self',
  })
})
afterEach(cleanup)

const note = (comment: string | null) => {
  const recording = { verdict: 'rejected', reason: 'other', comment, problem: null }
  render(<VerdictNote recording={recording as never} />)
  return screen.getByTestId('verdict-note').textContent
}

it('sends nobody to words that the doctor has not written, but to the doctor', () => {
  expect(note(null)).toBe('没通过医生没有写原因。请打电话问医生，哪里要改。给医生打电话')
})

it('shows what the doctor wrote', () => {
  const text = note('请露出脸')
  expect(text).toContain('医生有话对您说')
  expect(text).toContain('医生说：请露出脸')
  expect(screen.queryByTestId('call-doctor')).toBeNull()
})
