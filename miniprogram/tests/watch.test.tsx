import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import '@/register'
import { itemOf } from '@/features/doses/card-state'
import { useWatch } from '@/features/today/use-watch'
import { makeCard } from './factories'

const item = itemOf(makeCard({ state: 'processing', can_film: false }), Date.now())
const view = { on: '2026-11-22', items: [item], hasUnknown: false }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

it('asks again only when the last answer has come', async () => {
  let answer: () => void = () => undefined
  const refresh = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        answer = resolve
      }),
  )
  renderHook(() => useWatch(view, refresh))

  await act(() => vi.advanceTimersByTimeAsync(20_000))
  expect(refresh).toHaveBeenCalledTimes(1)
  answer()
  await act(() => vi.advanceTimersByTimeAsync(4_000))
  expect(refresh).toHaveBeenCalledTimes(2)
})

it('stops when the page is left', async () => {
  const refresh = vi.fn(async () => undefined)
  const { unmount } = renderHook(() => useWatch(view, refresh))
  await act(() => vi.advanceTimersByTimeAsync(3_100))
  unmount()
  await vi.advanceTimersByTimeAsync(60_000)

  expect(refresh).toHaveBeenCalledTimes(1)
})
