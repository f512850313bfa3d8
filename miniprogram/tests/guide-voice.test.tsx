import Taro from '@tarojs/taro'
import { act, cleanup, render, renderHook, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as client from '@/api/client'
import type { PlayedVoice, VoiceStep } from '@/api/types'
import { useVoice } from '@/features/filming/use-voice'
import { VoiceSwitch } from '@/features/filming/voice-switch'
import { fetchVoices, voicePaths } from '@/features/filming/voices'
import { remember } from '@/platform/store'

const HOUR = 3_600_000
/** Files of the phone, and what lies behind the links of the storage. */
const files = vi.hoisted(() => new Map<string, number>())
const faults = vi.hoisted(() => ({ full: false }))
const played = vi.hoisted(() => ({ paths: [] as string[], ended: 0 }))

vi.mock('@/platform/folder', () => ({
  folderOf: () => ({
    keepFile: async (id: string, source: string) => {
      if (faults.full) throw new Error('full')
      files.set(id, Number(source))
      return Number(source)
    },
    fileUrl: async (id: string) => (files.has(id) ? `kept/${id}` : null),
    dropFile: async (id: string) => void files.delete(id),
    keptFiles: async () => [...files.keys()],
  }),
}))
vi.mock('@/platform/sound', () => ({
  playSound: (path: string) => {
    played.paths.push(path)
    return () => {
      played.ended += 1
    }
  },
}))

let offered: PlayedVoice[] = []
const voice = (id: string, step: VoiceStep, size = 16_000): PlayedVoice => ({
  voice_id: id,
  step,
  size,
  url: String(size),
})
/** The link of each says how long the file is that lies behind it. */
const downloaded = async ({ url }: { url: string }) => ({
  statusCode: url === 'gone' ? 403 : 200,
  tempFilePath: url === 'cut' ? '9' : url,
})
const downloadFile = vi.fn(downloaded)
const get = vi.fn()
let day = 0

beforeEach(() => {
  vi.useFakeTimers()
  // Each test on a day of its own: a failure is remembered for minutes.
  vi.setSystemTime(Date.UTC(2026, 8, 1) + 24 * HOUR * ++day)
  Taro.clearStorageSync()
  Object.assign(Taro, { downloadFile })
  downloadFile.mockReset().mockImplementation(downloaded)
  get.mockReset().mockImplementation(async () => ({ voices: offered }))
  vi.spyOn(client, 'get').mockImplementation(get)
  files.clear()
  faults.full = false
  Object.assign(played, { paths: [], ended: 0 })
  remember('person', 'p1')
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

describe('the words of an institution', () => {
  it('are fetched once and kept, and asked for again after half a day', async () => {
    offered = [voice('a', 'palm'), voice('b', 'mouth')]
    await fetchVoices()
    expect(await voicePaths()).toEqual({ palm: 'kept/a', mouth: 'kept/b' })
    vi.setSystemTime(Date.now() + 11 * HOUR)
    await fetchVoices()
    expect([get.mock.calls.length, downloadFile.mock.calls.length]).toEqual([1, 2])

    offered = [voice('a', 'palm'), voice('c', 'mouth')]
    vi.setSystemTime(Date.now() + 2 * HOUR)
    await fetchVoices()
    expect(await voicePaths()).toEqual({ palm: 'kept/a', mouth: 'kept/c' })
    expect(downloadFile).toHaveBeenCalledTimes(3)
    expect([...files.keys()]).toEqual(['a', 'c'])
  })

  it('that are taken out are played no more, and their files go', async () => {
    offered = [voice('a', 'palm')]
    await fetchVoices()
    offered = []
    vi.setSystemTime(Date.now() + 13 * HOUR)
    await fetchVoices()

    expect([await voicePaths(), files.size]).toEqual([{}, 0])
  })

  it('are those of whoever is bound now', async () => {
    offered = [voice('a', 'palm')]
    await fetchVoices()
    remember('person', 'p2')
    offered = [voice('z', 'palm')]
    await fetchVoices()

    expect(await voicePaths()).toEqual({ palm: 'kept/z' })
  })

  it('stay while there is no signal, which is not tried again at each opening', async () => {
    offered = [voice('a', 'palm')]
    await fetchVoices()
    get.mockRejectedValue(new Error('offline'))
    vi.setSystemTime(Date.now() + 13 * HOUR)
    await fetchVoices()
    await fetchVoices()
    expect(get).toHaveBeenCalledTimes(2)
    expect(await voicePaths()).toEqual({ palm: 'kept/a' })

    get.mockImplementation(async () => ({ voices: [] }))
    vi.setSystemTime(Date.now() + HOUR)
    await fetchVoices()
    expect(await voicePaths()).toEqual({})
  })

  it.each([
    ['the storage refuses', { ...voice('new', 'palm'), url: 'gone' }, false],
    ['half of the file arrives', { ...voice('new', 'palm'), url: 'cut' }, false],
    ['the phone is full', voice('new', 'palm'), true],
  ])('old ones go on where %s, and the new ones are tried again', async (_, next, full) => {
    offered = [voice('old', 'palm'), voice('other', 'mouth')]
    await fetchVoices()
    offered = [next, voice('other', 'mouth')]
    faults.full = full
    vi.setSystemTime(Date.now() + 13 * HOUR)
    await fetchVoices()
    expect(await voicePaths()).toEqual({ palm: 'kept/old', mouth: 'kept/other' })

    faults.full = false
    offered = [voice('new', 'palm'), voice('other', 'mouth')]
    vi.setSystemTime(Date.now() + HOUR)
    await fetchVoices()
    expect(await voicePaths()).toEqual({ palm: 'kept/new', mouth: 'kept/other' })
    expect([...files.keys()].sort()).toEqual(['new', 'other'])
  })

  it('that are too large for a poor phone are left where they are', async () => {
    offered = [voice('huge', 'palm', 2_000_000), voice('b', 'mouth')]
    await fetchVoices()

    expect(downloadFile).toHaveBeenCalledTimes(1)
    expect(await voicePaths()).toEqual({ mouth: 'kept/b' })
  })
})

describe('the camera page', () => {
  async function opened() {
    const made = renderHook(({ step }: { step: VoiceStep | null }) => useVoice(step), {
      initialProps: { step: null as VoiceStep | null },
    })
    await act(async () => vi.advanceTimersByTimeAsync(0))
    const go = (step: VoiceStep | null) => act(async () => made.rerender({ step }))
    return { ...made, go }
  }

  it('speaks each step once it is reached, one after another, and falls silent at the end', async () => {
    offered = [voice('a', 'face_and_code'), voice('b', 'palm')]
    const { go, result } = await opened()
    expect([result.current.exists, result.current.on, played.paths]).toEqual([true, true, []])
    await go('face_and_code')
    await go('face_and_code')
    await go('palm')
    expect([played.paths, played.ended]).toEqual([['kept/a', 'kept/b'], 1])
    await go('tongue') // without words of its own
    expect([played.paths.length, played.ended]).toEqual([2, 2])
    await go('palm')
    await go(null)
    expect(played.ended).toBe(3)
  })

  it('speaks no more once it is left', async () => {
    offered = [voice('a', 'palm')]
    const { go, unmount } = await opened()
    await go('palm')
    unmount()

    expect(played).toEqual({ paths: ['kept/a'], ended: 1 })
  })

  it('is silent where 声音 is off, and remembers that', async () => {
    offered = [voice('a', 'palm')]
    const first = await opened()
    act(() => first.result.current.turn(false))
    await first.go('palm')
    first.unmount()
    const second = await opened()
    await second.go('palm')

    expect([second.result.current.on, played.paths]).toEqual([false, []])
  })

  it('does not begin in the middle of a step when words arrive late', async () => {
    offered = [voice('a', 'palm'), voice('b', 'tongue')]
    const waiting: ((answer: unknown) => void)[] = []
    get.mockImplementation(() => new Promise((resolve) => void waiting.push(resolve)))
    const { go } = await opened()
    await go('palm')
    await act(async () => {
      waiting[0]?.({ voices: offered })
      await vi.advanceTimersByTimeAsync(0)
    })
    expect(played.paths).toEqual([])
    await go('tongue')
    expect(played.paths).toEqual(['kept/b'])
  })

  it('turns 声音 off when a film breaks off while it spoke, and not otherwise', async () => {
    offered = [voice('a', 'palm')]
    const { go, result } = await opened()
    act(() => result.current.doubt())
    expect([result.current.on, result.current.doubted]).toEqual([true, false])
    await go('palm')
    act(() => result.current.doubt())
    expect([result.current.on, result.current.doubted]).toEqual([false, true])
  })

  it('offers the switch only where there are words', () => {
    const usual = { on: true, turn: vi.fn(), doubted: false, doubt: vi.fn() }
    const { rerender } = render(<VoiceSwitch voice={{ ...usual, exists: false }} />)
    expect(screen.queryByTestId('guide-voice')).toBeNull()
    rerender(<VoiceSwitch voice={{ ...usual, exists: true }} />)
    expect(screen.getByTestId('guide-voice').textContent).toContain('念给您听')
    screen.getByTestId('guide-voice').click()
    expect(usual.turn).toHaveBeenCalledWith(false)
    rerender(<VoiceSwitch voice={{ ...usual, exists: true, on: false, doubted: true }} />)
    expect(screen.getByTestId('guide-voice').textContent).toContain('拍到一半断了')
  })
})
