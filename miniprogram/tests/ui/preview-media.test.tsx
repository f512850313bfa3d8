/** The same two in a browser: its own microphone, its own files. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Voice } from '@/lib/attachment'
import { pickPhotos } from '@/platform/photos'
import { VoiceNote } from '@/ui/form/voice-note'

const getUserMedia = vi.fn<() => Promise<unknown>>()

class FakeRecorder {
  static isTypeSupported = (type: string) => type === 'audio/webm;codecs=opus'
  state = 'inactive'
  ondataavailable: (event: { data: Blob }) => void = () => undefined
  onstop: () => void = () => undefined
  constructor(
    readonly stream: unknown,
    readonly how: { mimeType: string },
  ) {}
  get mimeType() {
    return this.how.mimeType
  }
  start() {
    this.state = 'recording'
  }
  stop() {
    this.state = 'inactive'
    this.ondataavailable({ data: new Blob(['voice']) })
    this.onstop()
  }
}

function Form({ onVoice }: { onVoice: (voice: Voice | null) => void }) {
  const [voice, setVoice] = useState<Voice | null>(null)
  const change = (next: Voice | null) => {
    onVoice(next)
    setVoice(next)
  }
  return <VoiceNote voice={voice} onChange={change} />
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('MediaRecorder', FakeRecorder)
  Object.assign(navigator, { mediaDevices: { getUserMedia } })
  Object.assign(URL, { createObjectURL: () => 'blob:one' })
  getUserMedia.mockResolvedValue({ getTracks: () => [] })
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const pass = (ms: number) => act(async () => vi.advanceTimersByTimeAsync(ms))

describe('in a browser', () => {
  it('a voice note is recorded in what the browser can', async () => {
    const onVoice = vi.fn()
    render(<Form onVoice={onVoice} />)
    fireEvent.click(screen.getByTestId('voice-start'))
    await pass(5_000)
    fireEvent.click(screen.getByTestId('voice-stop'))
    await pass(10)

    const [[voice] = []] = onVoice.mock.calls
    expect(voice).toMatchObject({ path: 'blob:one', contentType: 'audio/webm' })
    expect(screen.getByTestId('voice-kept').textContent).toContain('5 秒')
  })

  it('a refused microphone is said to be refused', async () => {
    getUserMedia.mockRejectedValue(new Error('Permission denied'))
    render(<Form onVoice={() => undefined} />)
    fireEvent.click(screen.getByTestId('voice-start'))
    await pass(10)

    expect(screen.getByTestId('voice-refused').textContent).toContain('麦克风')
  })

  it('photos are picked as files, and turning back picks none', async () => {
    const inputs: HTMLInputElement[] = []
    vi.spyOn(HTMLInputElement.prototype, 'click').mockImplementation(function (
      this: HTMLInputElement,
    ) {
      inputs.push(this)
    })
    const picked = pickPhotos(2)
    const files = ['a', 'b', 'c'].map((name) => new File([name], name, { type: 'image/png' }))
    Object.defineProperty(inputs[0], 'files', { value: files })
    inputs[0]?.onchange?.(new Event('change'))
    expect((await picked).photos).toEqual(
      Array.from({ length: 2 }, () => ({ path: 'blob:one', contentType: 'image/png' })),
    )

    const none = pickPhotos(2)
    inputs[1]?.oncancel?.(new Event('cancel'))
    expect(await none).toEqual({ photos: [], refused: null })
  })
})
