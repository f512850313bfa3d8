import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Voice } from '@/lib/attachment'
import { isAwake } from '@/platform/awake'
import { VoiceNote } from '@/ui/form/voice-note'
import { wechat } from '../fakes/wechat'

vi.mock('@/platform/voice', () => import('@/platform/voice.weapp'))
vi.mock('@/platform/sound', () => import('@/platform/sound.weapp'))
vi.mock('@/platform/permissions', () => import('@/platform/permissions.weapp'))
vi.mock('@/platform/presence', () => import('@/platform/presence.weapp'))

const phone = wechat()
const seen: (Voice | null)[] = []

function Form() {
  const [voice, setVoice] = useState<Voice | null>(null)
  const change = (next: Voice | null) => {
    seen.push(next)
    setVoice(next)
  }
  return <VoiceNote voice={voice} onChange={change} />
}

beforeEach(() => {
  vi.useFakeTimers()
  seen.length = 0
  phone.faults = {}
  Object.assign(phone.permissions, { privacy: 'agreed', microphone: 'granted' })
  phone.permissions.system = 'authorized'
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

const pass = (ms: number) => act(async () => vi.advanceTimersByTimeAsync(ms))
const tap = async (id: string) => {
  fireEvent.click(screen.getByTestId(id))
  await pass(50)
}
const text = () => screen.getByTestId('voice-note').textContent ?? ''
async function says(seconds: number) {
  await tap('voice-start')
  await pass(seconds * 1000)
}

describe('a voice note', () => {
  it('is kept as a file of its kind when it is stopped', async () => {
    render(<Form />)
    await says(12)
    expect(text()).toContain('正在录音')
    expect(isAwake()).toBe(true)
    expect(phone.leaveQuestion).toContain('还没有录完')
    await tap('voice-stop')
    await pass(200)

    const [voice] = seen
    expect(voice).toMatchObject({
      path: expect.stringMatching(/\.mp3$/),
      contentType: 'audio/mpeg',
    })
    expect(Math.round((voice?.durationMs ?? 0) / 1000)).toBe(12)
    expect(text()).toContain('录好了，12 秒')
    expect([isAwake(), phone.leaveQuestion]).toEqual([false, null])
  })

  it('ends by itself after a minute, once', async () => {
    render(<Form />)
    await says(75)

    expect(seen).toHaveLength(1)
    expect(text()).toContain('录好了，60 秒')
  })

  it('is heard again, and its end is heard of', async () => {
    render(<Form />)
    await says(3)
    await tap('voice-stop')
    await pass(200)
    await tap('voice-play')
    expect(text()).toContain('停，不听了')
    await pass(3_000)
    expect(text()).toContain('听一听')
  })

  it('that cannot be played says so', async () => {
    render(<Form />)
    await says(3)
    await tap('voice-stop')
    await pass(200)
    phone.files.clear()
    await tap('voice-play')
    expect(text()).toContain('放不出来')
  })

  it('is thrown away only after a question', async () => {
    render(<Form />)
    await says(3)
    await tap('voice-stop')
    await pass(200)
    await tap('voice-drop')
    expect(seen).toHaveLength(1)
    await tap('voice-drop-sure')
    expect(seen[1]).toBe(null)
    expect(text()).toContain('按一下，开始说话')
  })

  it('stays until another has taken its place', async () => {
    render(<Form />)
    await says(3)
    await tap('voice-stop')
    await pass(200)
    await says(2)
    phone.recorder.breakOff()
    await pass(50)
    expect(text()).toContain('被打断了')
    expect(text()).toContain('录好了，3 秒')
    await says(7)
    await tap('voice-stop')
    await pass(200)
    expect(text()).toContain('录好了，7 秒')
    expect(seen).toHaveLength(2)
  })

  it('of less than a second is none', async () => {
    render(<Form />)
    await says(0.3)
    await tap('voice-stop')
    await pass(200)
    expect(text()).toContain('太短了')
    expect(seen).toEqual([])
  })
})

describe('a microphone that fails', () => {
  it.each([
    ['microphone', { microphone: 'denied' }, '麦克风', 'open-setting'],
    ['system', { system: 'denied' }, '手机不让微信', 'open-system'],
    ['privacy', { privacy: 'refused' }, '隐私说明', 'read-privacy'],
    ['undeclared', { privacy: 'undeclared' }, '没有办好录音的手续', 'permission-again'],
  ])('is told apart: %s', async (_, refusal, words, way) => {
    Object.assign(phone.permissions, refusal)
    render(<Form />)
    await tap('voice-start')
    expect(text()).toContain(words)
    expect(screen.getByTestId(way)).toBeDefined()

    Object.assign(phone.permissions, { privacy: 'agreed', microphone: 'granted' })
    phone.permissions.system = 'authorized'
    await tap('permission-again')
    expect(text()).toContain('正在录音')
    await pass(2_000)
    await tap('voice-stop')
    await pass(200)
    expect(seen).toHaveLength(1)
  })

  it('is not called refused where another app holds it', async () => {
    phone.faults.startVoice = 'fails'
    render(<Form />)
    await tap('voice-start')
    expect(text()).toContain('录音没有开始')
    expect(screen.queryByTestId('voice-refused')).toBe(null)
  })

  it('and never answers is given up, and can be tried again', async () => {
    phone.faults.startVoice = 'silent'
    render(<Form />)
    await tap('voice-start')
    await pass(15_500)
    expect(text()).toContain('录音没有开始')
    phone.faults.startVoice = ''
    await says(4)
    await tap('voice-stop')
    await pass(200)
    expect(text()).toContain('录好了，4 秒')
  })

  it('and listens without having said so keeps nothing of it', async () => {
    phone.faults.startVoice = 'silent-running'
    render(<Form />)
    await tap('voice-start')
    await pass(20_000)
    expect(text()).toContain('录音没有开始')
    expect(seen).toEqual([])
  })

  it('and does not hand over says so', async () => {
    phone.faults.stopVoice = 'silent'
    render(<Form />)
    await says(4)
    await tap('voice-stop')
    await pass(10_000)
    expect(text()).toContain('没有把录音交出来')
    expect(seen).toEqual([])
  })

  it('and hands over late is believed all the same', async () => {
    phone.faults.stopVoice = 'late'
    render(<Form />)
    await says(4)
    await tap('voice-stop')
    await pass(10_000)
    expect(text()).toContain('没有把录音交出来')
    await pass(6_000)
    expect(text()).toContain('录好了')
    expect(text()).not.toContain('没有把录音交出来')
    expect(seen).toHaveLength(1)
  })

  it('is cut by a call: what was said until then is kept', async () => {
    render(<Form />)
    await says(8)
    phone.recorder.interrupt()
    await pass(500)
    expect(text()).toContain('录好了，8 秒')
    await pass(60_000)
    expect(seen).toHaveLength(1)
  })
})

it('nobody is listened to who has left the page', async () => {
  const { unmount } = render(<Form />)
  await says(5)
  unmount()
  await pass(1_000)
  expect([isAwake(), phone.leaveQuestion]).toEqual([false, null])
  const heard = phone.files.size
  await pass(60_000)
  expect(phone.files.size).toBe(heard)
})
