import '@/register'
import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Symptom } from '@/api/types'
import * as calendar from '@/features/calendar/api'
import { NothingToday } from '@/features/calendar/nothing-today'
import { rememberAnswer } from '@/features/doses/asked'
import * as memory from '@/features/doses/memory'
import { OutboxRow } from '@/features/outbox/outbox-row'
import { ApiProblem } from '@/lib/problem'
import { rememberContacts } from '@/offline/contacts'
import { theOutbox } from '@/offline/use-outbox'
import CannotFilmPage from '@/pages/cannot-film/index'
import SeverePage from '@/pages/severe/index'
import { readAnew } from '@/platform/store'
import { ProblemNote } from '@/ui/problem-note'
import { makeCard } from './factories'

const problem = (type: string) => new ApiProblem({ type, title: '', status: 409 })
const shown = (id: string) => screen.queryByTestId(id) !== null
const at = (params: Record<string, string>) =>
  vi.spyOn(taro, 'useRouter').mockReturnValue({ params } as never)

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

describe('the doctor’s number', () => {
  it('stands beside a problem that says to call, and beside no other', () => {
    render(<ProblemNote problem={problem('too-many-attempts')} />)
    expect(shown('call-doctor')).toBe(true)
    cleanup()
    render(<ProblemNote problem={problem('offline')} />)
    expect(shown('call-doctor')).toBe(false)
  })

  it('stands beside what was refused and cannot be sent any more', () => {
    const refusal = { type: 'dose-not-open', reason: 'too-late' }
    const item = { id: 'x', kind: 'report', refusal, stage: 'queued', about: makeCard() }
    render(<OutboxRow item={item as never} outbox={theOutbox()} />)
    expect(shown('call-doctor')).toBe(true)
  })

  it('stands where somebody cannot film for feeling unwell, with the way to the symptoms', async () => {
    at({ dose_id: 'd1' })
    vi.spyOn(memory, 'rememberedCard').mockReturnValue(makeCard())
    render(<CannotFilmPage />)
    expect(shown('to-symptoms')).toBe(false)
    await act(async () => screen.getByTestId('reason-unwell').click())
    expect([shown('to-symptoms'), shown('call-doctor')]).toEqual([true, true])
  })

  it('stands on the page of whoever has finished', async () => {
    const done = { completed: true, running: false, name: '肺结核治疗' }
    vi.spyOn(calendar, 'fetchAdherence').mockResolvedValue({ treatments: [done] } as never)
    render(<NothingToday />)
    await act(async () => undefined)
    expect(screen.getByTestId('finished').textContent).toContain('恭喜您，肺结核治疗做完了')
    expect(shown('call-doctor')).toBe(true)
  })

  it('congratulates nobody whose treatment was stopped, or who takes another', async () => {
    const done = { completed: true, running: false, name: '' }
    for (const treatments of [
      [{ ...done, completed: false }],
      [done, { ...done, running: true }],
    ]) {
      vi.spyOn(calendar, 'fetchAdherence').mockResolvedValue({ treatments } as never)
      render(<NothingToday />)
      await act(async () => undefined)
      expect(shown('finished')).toBe(false)
      cleanup()
    }
  })
})

describe('the red page', () => {
  const felt = (code: string, advice: string) => ({ code, severe: true, label: code, advice })
  const order = () =>
    screen.getAllByTestId(/^call-/).map((button) => button.getAttribute('data-testid'))

  function opened(params: Record<string, string>) {
    at({ dose_id: 'd1', ...params })
    vi.spyOn(memory, 'rememberedSymptoms').mockReturnValue([
      felt('yellow_skin', '马上联系您的医生'),
      felt('breathless', '马上拨打 120'),
    ] as unknown as Symptom[])
    render(<SeverePage />)
  }

  it('puts the number first that helps with what was felt', () => {
    opened({ symptoms: 'yellow_skin' })
    expect(order()).toEqual(['call-doctor', 'call-120'])
    cleanup()
    opened({ symptoms: 'yellow_skin,breathless' })
    expect(order()).toEqual(['call-120', 'call-doctor'])
  })

  it('remembers what was felt when it is opened again, and does not guess', () => {
    opened({})
    expect(order()).toEqual(['call-120', 'call-doctor'])
    cleanup()
    rememberAnswer('2026-11-22', ['tuberculosis'], ['yellow_skin'])
    opened({})
    expect(order()).toEqual(['call-doctor', 'call-120'])
  })
})
