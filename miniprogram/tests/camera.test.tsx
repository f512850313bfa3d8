import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useCamera } from '@/features/filming/use-camera'
import type { Shot } from '@/platform/camera-types'

const shot: Shot = { path: 'temp', contentType: 'video/mp4', mirrored: false, durationMs: null }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

async function filming(onTaken = vi.fn(async () => undefined)) {
  const stop = vi.fn()
  const { result } = renderHook(() => useCamera(onTaken))
  result.current.handle.current = { start: async () => undefined, stop }
  act(() => result.current.onReady())
  await act(async () => result.current.start())
  return { result, onTaken, stop }
}

describe('useCamera', () => {
  it('hands on a film with the time it began and how long it ran', async () => {
    const { result, onTaken } = await filming()
    const began = Date.now()

    await act(async () => vi.advanceTimersByTime(25_000))
    expect(result.current.elapsed).toBe(25)
    await act(async () => result.current.onEnded(shot))

    expect(onTaken).toHaveBeenCalledWith({ shot, capturedAt: began, durationMs: 25_000 })
  })

  it('does not keep a film too short to show anything', async () => {
    const { result, onTaken } = await filming()

    await act(async () => vi.advanceTimersByTime(1_000))
    await act(async () => result.current.onEnded(shot))

    expect(onTaken).not.toHaveBeenCalled()
    expect(result.current.state).toBe('ready')
    expect(result.current.broken).toContain('太短')
  })

  it('can start again after the phone broke the recording off', async () => {
    const { result } = await filming()

    await act(async () => result.current.onEnded(null))
    expect(result.current.broken).toContain('打断')
    await act(async () => result.current.start())

    expect(result.current).toMatchObject({ state: 'recording', broken: '' })
  })

  it('says so when the phone has no room for the film', async () => {
    const full = vi.fn(async () => Promise.reject(new Error('full')))
    const { result } = await filming(full as never)

    await act(async () => vi.advanceTimersByTime(9_000))
    await act(async () => result.current.onEnded(shot))

    expect(result.current.broken).toContain('空间不够')
    expect(result.current.state).toBe('ready')
  })

  it('says so when the camera does not start', async () => {
    const { result } = renderHook(() => useCamera(async () => undefined))
    result.current.handle.current = {
      start: () => Promise.reject(new Error('busy')),
      stop: vi.fn(),
    }
    act(() => result.current.onReady())

    await act(async () => result.current.start())

    expect(result.current).toMatchObject({ state: 'ready' })
    expect(result.current.broken).toContain('相机没有启动')
  })

  it('stays refused when the camera is refused', () => {
    const { result } = renderHook(() => useCamera(async () => undefined))
    act(() => result.current.onDenied())
    act(() => result.current.onReady())
    expect(result.current.state).toBe('denied')
  })
})
