import '@/register'
import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DoseCard } from '@/api/types'
import { aboutOf, type FilmItem, isNoLongerOffered, newItem } from '@/features/doses'
import { itemOf } from '@/features/doses/card-state'
import type { AnswerItem } from '@/features/doses/offline'
import { instantOf } from '@/lib/time'
import { receipts, theOutbox } from '@/offline/use-outbox'
import { learnTime } from '@/platform/clock'
import { readAnew, remember } from '@/platform/store'
import { makeCard } from './factories'

vi.mock('@/platform/files', async () => ({
  keepFile: async () => 700_000,
  fileSize: async () => 700_000,
  fileUrl: async (id: string) => `kept/${id}`,
  sourceSize: async () => null,
  dropFile: async () => undefined,
  keptFiles: async () => [],
}))

const NOW = '2026-11-22T08:00:00+08:00'
const card = makeCard()
const has = (id: string) => screen.queryByTestId(id) !== null

function knows(known: DoseCard) {
  const items = [itemOf(known, Date.now())]
  remember('today-items', { on: known.due_on, zone: 'Asia/Shanghai', now: NOW, items })
}

const filmGot = (change: Partial<DoseCard>) =>
  receipts.keep([
    { subject: 'dose:d1', revision: 5, change, expires_at: instantOf(NOW) + 86_400_000 },
  ])

/** A film of the dose lies here unsent, and its page stands open. */
async function openDraft() {
  const done = { recording_id: null, sent_at: null, uploaded: false }
  const wanted = newItem<FilmItem>('film', aboutOf(card), { opened_at: NOW } as never, done)
  const item = await theOutbox().keep(wanted, 'temp')
  vi.spyOn(taro, 'useRouter').mockReturnValue({ params: { item: item.id } } as never)
  const { default: Preview } = await import('@/pages/preview/index')
  await act(async () => void render(<Preview />))
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(instantOf(NOW))
  Taro.clearStorageSync()
  readAnew()
  learnTime(NOW)
  knows(card)
  vi.mocked(Taro.redirectTo).mockClear()
})
afterEach(async () => {
  cleanup()
  await theOutbox().clear(null)
  await act(async () => vi.advanceTimersByTime(5_000)) // until the way is free again
  vi.useRealTimers()
})

describe('a film that was not sent', () => {
  it('may be taken again while its dose is open', async () => {
    await openDraft()
    await act(async () => screen.getByTestId('film-again').click())
    await act(async () => screen.getByTestId('retake-film').click())
    expect(vi.mocked(Taro.redirectTo).mock.calls[0]?.[0].url).toContain('camera')
  })

  it('may not when another film of its dose has arrived', async () => {
    await openDraft()
    await act(async () => filmGot({ state: 'processing', can_film: false }))
    expect([has('film-again'), has('no-retake'), has('film-send')]).toEqual([false, true, true])
  })

  it('leads to no camera when the news comes under the question', async () => {
    await openDraft()
    await act(async () => screen.getByTestId('film-again').click())
    knows({ ...card, revision: 2, state: 'pending_review', can_film: false })
    await act(async () => screen.getByTestId('retake-film').click())
    expect(Taro.redirectTo).not.toHaveBeenCalled()
    expect([has('dialog'), has('no-retake')]).toEqual([false, true])
  })
})

describe('a dose that is not to be filmed any more', () => {
  it('is one that has arrived, though its window is over', () => {
    vi.setSystemTime(instantOf('2026-11-23T04:00:00+08:00'))
    expect(isNoLongerOffered('d1')).toBe(false)
    filmGot({ state: 'processing', can_film: false })
    expect(isNoLongerOffered('d1')).toBe(true)
  })

  it('is one of which only what was confirmed is still known', () => {
    Taro.removeStorageSync('weibu::today-items')
    readAnew()
    expect(isNoLongerOffered('d1')).toBe(false)
    filmGot({ state: 'held', can_film: false, severe: true })
    expect(isNoLongerOffered('d1')).toBe(true)
  })

  it('is one that a severe answer stops, sent or not', () => {
    const about = { ...aboutOf(card), severe: true, stops: [card.condition] }
    theOutbox().add(newItem<AnswerItem>('side-effects', about, { symptoms: ['x'] } as never, null))
    expect(isNoLongerOffered('d1')).toBe(true)
  })
})
