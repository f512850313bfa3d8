import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useCamera } from '@/features/filming/use-camera'
import type { Shot } from '@/platform/camera-types'
import * as permissions from '@/platform/permissions'

vi.mock('@/api/report')

const shot: Shot = { path: 'temp', contentType: 'video/mp4', mirrored: false, durationMs: null }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

async function filming(onTaken = vi.fn(async () => undefined)) {
  const stop = vi.fn()
  const { result, unmount } = renderHook(() => useCamera(onTaken))
  await act(async () => undefined)
  result.current.handle.current = { start: async () => undefined, stop }
  act(() => result.current.onReady())
  await act(async () => result.current.start())
  return { result, onTaken, stop, unmount }
}

describe('useCamera', () => {
  it('hands on a film with the time it began and how long it ran', async () => {
    const { result, onTaken } = await filming()
    const began = Date.now()

    await act(async () => vi.advanceTimersByTime(25_000))
    expect(result.current.elapsed).toBe(25)
    await act(async () => result.current.onEnded(shot, 'whole'))

    expect(onTaken).toHaveBeenCalledWith({
      shot,
      capturedAt: began,
      durationMs: 25_000,
      left: false,
    })
  })

  it('does not keep a film too short to show anything', async () => {
    const { result, onTaken } = await filming()

    await act(async () => vi.advanceTimersByTime(1_000))
    await act(async () => result.current.onEnded(shot, 'whole'))

    expect(onTaken).not.toHaveBeenCalled()
    expect(result.current.state).toBe('ready')
    expect(result.current.broken).toContain('太短')
  })

  it('keeps a film during which the phone’s clock was set back', async () => {
    const { result, onTaken } = await filming()

    await act(async () => vi.advanceTimersByTime(10_000))
    vi.setSystemTime(Date.now() - 86_400_000)
    await act(async () => vi.advanceTimersByTime(10_000))
    expect(result.current.canStop).toBe(true)
    await act(async () => result.current.onEnded(shot, 'whole'))

    expect(onTaken).toHaveBeenCalledWith(expect.objectContaining({ durationMs: 19_750 }))
  })

  it('says of no film that it ran longer than a film can', async () => {
    const { result, onTaken } = await filming()

    await act(async () => vi.advanceTimersByTime(300_000))
    await act(async () => result.current.onEnded(shot, 'whole'))

    expect(onTaken).toHaveBeenCalledWith(expect.objectContaining({ durationMs: 60_000 }))
  })

  it('can start again after the phone broke the recording off', async () => {
    const { result } = await filming()

    await act(async () => result.current.onEnded(null, 'cut'))
    expect(result.current.broken).toContain('打断')
    await act(async () => result.current.start())

    expect(result.current).toMatchObject({ state: 'recording', broken: '' })
  })

  it('keeps what was filmed by somebody who has left the page', async () => {
    const { result, onTaken, unmount } = await filming()
    await act(async () => vi.advanceTimersByTime(20_000))
    const { onEnded } = result.current
    unmount()
    await act(async () => onEnded(shot, 'whole'))

    expect(onTaken).toHaveBeenCalledWith(expect.objectContaining({ left: true }))
  })

  it('tells that it has begun, also when the page was left before the camera answered', async () => {
    const onBegun = vi.fn()
    const waiting: (() => void)[] = []
    const start = () => new Promise<void>((resolve) => void waiting.push(resolve))
    const { result, unmount } = renderHook(() => useCamera(async () => undefined, onBegun))
    result.current.handle.current = { start, stop: vi.fn() }
    await act(async () => void result.current.start())
    unmount()
    expect(onBegun).not.toHaveBeenCalled()
    await act(async () => waiting[0]?.())

    expect(onBegun).toHaveBeenCalledOnce()
  })

  it('keeps a film that was given up early and went on', async () => {
    const { result, onTaken } = await filming()
    await act(async () => vi.advanceTimersByTime(2_000))
    await act(async () => result.current.onEnded(null, 'cut'))
    await act(async () => result.current.onLate(shot))
    expect(onTaken).not.toHaveBeenCalled()
    await act(async () => vi.advanceTimersByTime(28_000))
    await act(async () => result.current.onLate(shot))

    expect(onTaken).toHaveBeenCalledWith(
      expect.objectContaining({ durationMs: 30_000, left: true }),
    )
  })

  it('does not let the slip of a finger end what has just begun', async () => {
    const { result } = await filming()
    expect(result.current.canStop).toBe(false)
    await act(async () => vi.advanceTimersByTime(3_250))
    expect(result.current.canStop).toBe(true)
  })

  it('knows that something may have been swallowed once a recording had begun', async () => {
    const { result } = await filming()
    await act(async () => result.current.onEnded(null, 'silent'))
    expect(result.current).toMatchObject({ state: 'ready', begun: true })
  })

  it('says so when the camera does not start', async () => {
    const { result } = renderHook(() => useCamera(async () => undefined))
    await act(async () => undefined)
    result.current.handle.current = {
      start: () => Promise.reject(new Error('busy')),
      stop: vi.fn(),
    }
    act(() => result.current.onReady())

    await act(async () => result.current.start())

    expect(result.current).toMatchObject({ state: 'ready' })
    expect(result.current.broken).toContain('相机没有启动')
  })

  it('keeps what a camera has filmed that never said it had begun', async () => {
    const { result, onTaken } = await filming()
    await act(async () => result.current.onEnded(null, 'cut'))
    const asked = Date.now()
    result.current.handle.current = {
      start: () => new Promise((_, reject) => setTimeout(() => reject(new Error('x')), 15_000)),
      stop: vi.fn(),
    }
    act(() => void result.current.start())
    await act(async () => vi.advanceTimersByTime(15_000))
    expect(result.current.broken).toContain('相机没有启动')
    await act(async () => result.current.onLate(shot))

    const run = { capturedAt: asked, durationMs: 15_000 }
    expect(onTaken).toHaveBeenCalledWith({ shot, ...run, left: true })
    expect(result.current.broken).toContain('找到了')
    expect(result.current.begun).toBe(true)
  })

  it('stays refused when the camera is refused', async () => {
    vi.spyOn(permissions, 'refusedPermission').mockResolvedValue('camera')
    const { result } = renderHook(() => useCamera(async () => undefined))
    await act(async () => result.current.onDenied('auth deny'))
    act(() => result.current.onReady())
    expect(result.current).toMatchObject({ state: 'denied', refused: 'camera' })
  })

  it('is not called refused when it fails for another reason, and can be tried again', async () => {
    const { result } = renderHook(() => useCamera(async () => undefined))
    await act(async () => result.current.onDenied('insertCamera:fail'))
    expect(result.current).toMatchObject({ state: 'ready', refused: null })
    expect(result.current.broken).toContain('相机没有启动')
  })
})
