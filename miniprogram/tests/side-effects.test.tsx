import '@/register'
import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Symptom } from '@/api/types'
import * as api from '@/features/doses/api'
import { feltNothing, rememberAnswer, symptomsFor } from '@/features/doses/asked'
import { isAnswered } from '@/features/doses/begin-filming'
import * as memory from '@/features/doses/memory'
import { theOutbox } from '@/offline/use-outbox'
import SideEffectsPage from '@/pages/side-effects/index'
import { readAnew } from '@/platform/store'
import { makeCard } from './factories'

const symptom = (
  code: Symptom['code'],
  severe: boolean,
  asked_of: Symptom['asked_of'],
): Symptom => ({
  code,
  label: code,
  severe,
  advice: '',
  asked_of,
  stops: severe ? asked_of : [],
})
const SYMPTOMS = [
  symptom('nausea', false, ['tuberculosis']),
  symptom('red_urine', false, ['tuberculosis']),
  symptom('dizziness', false, ['tuberculosis', 'hypertension']),
  symptom('fainting', true, ['tuberculosis', 'hypertension']),
]
const pressure = makeCard({ dose_id: 'p1', condition: 'hypertension' })

function opened(card = makeCard(), params: Record<string, string> = {}) {
  vi.spyOn(taro, 'useRouter').mockReturnValue({
    params: { dose_id: card.dose_id, opened_at: '2026-11-22T08:00:00Z', ...params },
  } as never)
  vi.spyOn(memory, 'rememberedCard').mockReturnValue(card)
  vi.spyOn(memory, 'cardsFrom').mockReturnValue([card])
  vi.spyOn(api, 'fetchSymptoms').mockResolvedValue(SYMPTOMS)
  const add = vi.spyOn(theOutbox(), 'add').mockReturnValue('kept')
  render(<SideEffectsPage />)
  return add
}
const tap = (id: string) => act(async () => screen.getByTestId(id).click())
const listed = () =>
  screen.getAllByTestId(/^symptom-/).map((one) => one.getAttribute('data-testid')?.slice(8))
const wentTo = () => decodeURIComponent(vi.mocked(Taro.redirectTo).mock.calls.at(-1)?.[0].url ?? '')

beforeEach(() => {
  Taro.clearStorageSync()
  readAnew()
  vi.mocked(Taro.redirectTo).mockClear()
})
afterEach(async () => {
  cleanup()
  await new Promise((resolve) => setTimeout(resolve, 700)) // until the way is free again
})

describe('the question about side effects', () => {
  it('is one question with two answers, and none leads to the camera', async () => {
    const add = opened()
    expect(screen.queryByTestId(/^symptom-/)).toBeNull()

    await tap('side-effects-none')

    expect(add.mock.calls[0]?.[0]).toMatchObject({ kind: 'side-effects', body: { symptoms: [] } })
    expect(wentTo()).toContain('/pages/camera/index?dose_id=d1')
  })

  it('lists what is severe first, and only what the condition is asked', async () => {
    opened(pressure)
    await tap('side-effects-some')
    expect(listed()).toEqual(['fainting', 'dizziness'])
  })

  it('opens at its list for whoever has said so, and sends nothing without a choice', async () => {
    opened(makeCard(), { felt: '1' })
    await act(async () => undefined)
    expect(listed()).toEqual(['fainting', 'nausea', 'red_urine', 'dizziness'])
    const submit = screen.getByTestId('side-effects-submit') as HTMLButtonElement
    expect(submit.disabled).toBe(true)
  })

  it('leads a severe one to the red page', async () => {
    opened(makeCard(), { felt: '1' })
    await act(async () => undefined)
    await tap('symptom-fainting')
    await tap('side-effects-submit')
    expect(wentTo()).toContain('/pages/severe/index')
  })

  it('can be answered with nothing where the list cannot be had', async () => {
    opened()
    vi.mocked(api.fetchSymptoms).mockRejectedValue(new Error('offline'))
    await tap('side-effects-none')
    expect(wentTo()).toContain('/pages/camera/index')
  })
})

describe('the second dose of a day', () => {
  const evening = makeCard({ dose_id: 'd2', slot: 'evening' })

  it('is not asked again when nothing was felt before the first, also offline', async () => {
    opened()
    expect(isAnswered(evening, [])).toBe(false)
    await tap('side-effects-none')
    expect(isAnswered(evening, [])).toBe(true)
    expect(isAnswered(makeCard({ ...evening, due_on: '2026-11-23' }), [])).toBe(false)
  })

  it('is asked again when something was felt, or when its own list was not asked', () => {
    rememberAnswer('2026-11-22', ['hypertension'], [])
    expect(feltNothing(evening)).toBe(false)
    rememberAnswer('2026-11-22', ['tuberculosis'], [])
    expect(feltNothing(evening)).toBe(true)
    rememberAnswer('2026-11-22', ['tuberculosis'], ['nausea'])
    expect(feltNothing(evening)).toBe(false)
  })
})

it('asks everything of a list that was remembered by an older version', () => {
  const { asked_of: _, ...old } = symptom('nausea', false, [])
  expect(symptomsFor([old as Symptom], ['hypertension'])).toHaveLength(1)
})
