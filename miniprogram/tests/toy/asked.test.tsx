/** Photos and a voice note of a question, kept without signal and sent once. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSession } from '@/api/client'
import { fetchMe } from '@/api/me'
import { upload } from '@/api/upload'
import { ApiProblem, offline } from '@/lib/problem'
import { kinds } from '@/offline/kinds'
import { rememberPerson } from '@/offline/person'
import { theOutbox } from '@/offline/use-outbox'
import { refusalWords } from '@/ui/problem-words'
import { wechat } from '../fakes/wechat'
import { type AskApi, AskPage, askKind } from './asked'

const { kept } = vi.hoisted(() => ({ kept: new Map<string, number>() }))

vi.mock('@/api/client')
vi.mock('@/api/me')
vi.mock('@/api/report')
vi.mock('@/api/upload')
vi.mock('@/platform/voice', () => import('@/platform/voice.weapp'))
vi.mock('@/platform/photos', () => import('@/platform/photos.weapp'))
vi.mock('@/platform/permissions', () => import('@/platform/permissions.weapp'))
vi.mock('@/platform/files', () => ({
  keepFile: async (id: string, source: string) => {
    const size = phone.files.get(source)?.size
    if (!size || phone.faults.filesFull) throw new Error('fail the maximum size')
    kept.set(id, size)
    return size
  },
  fileSize: async (id: string) => kept.get(id) ?? null,
  fileUrl: async (id: string) => (kept.has(id) ? `kept/${id}` : null),
  sourceSize: async (source: string) => phone.files.get(source)?.size ?? null,
  dropFile: async (id: string) => void kept.delete(id),
  keptFiles: async () => [...kept.keys()],
}))

const phone = wechat()
const place = vi.fn<AskApi['place']>()
const ask = vi.fn<AskApi['ask']>()
kinds.register([askKind({ place, ask })])

const settle = (ms = 0) => act(async () => void (await new Promise((go) => setTimeout(go, ms))))
const tap = async (id: string, ms = 0) => {
  fireEvent.click(screen.getByTestId(id))
  await settle(ms)
}
const sent = () => ({ done: Promise.resolve(), abort: () => undefined })
const cut = () => ({ done: Promise.reject(offline()), abort: () => undefined })
const uploaded = () => vi.mocked(upload).mock.calls.map(([, path]) => path)

async function asked(photos: number): Promise<void> {
  phone.chosen = photos
  render(<AskPage walkId="w1" />)
  expect(screen.getByRole('status').textContent).toContain('先加照片')
  await tap('photo-add')
  await tap('voice-start', 1_200)
  await tap('voice-stop', 200)
  fireEvent.click(screen.getByRole('button', { name: '发给医生' }))
  await settle(20)
}

beforeEach(() => {
  phone.faults = {}
  kept.clear()
  rememberPerson('p1')
  vi.mocked(openSession).mockResolvedValue({ bound: true, staff: false } as never)
  vi.mocked(fetchMe).mockResolvedValue({ patient_id: 'p1' } as never)
  vi.mocked(upload).mockImplementation(sent)
  place.mockImplementation(async (type, _size, key) => ({
    id: `${type}#${key.split(':')[1]}`,
    upload: { url: 's3', fields: {}, expires_at: '' },
  }))
  ask.mockReset()
  ask.mockResolvedValue({ revision: 1 })
})
afterEach(async () => {
  cleanup()
  vi.clearAllMocks()
  await theOutbox().clear('p1')
})

describe('a question with photos and a voice note', () => {
  it('sends every file as what it is, then the question once, and keeps none', async () => {
    await asked(2)

    expect(uploaded()).toEqual([
      expect.stringMatching(/^kept\/.+\.jpg$/),
      expect.stringMatching(/^kept\/.+\.jpg$/),
      expect.stringMatching(/^kept\/.+\.mp3$/),
    ])
    expect(ask).toHaveBeenCalledTimes(1)
    const ids = ask.mock.calls[0]?.[1] ?? []
    expect(ids.map((id) => id.split('#')[0])).toEqual(['image/jpeg', 'image/jpeg', 'audio/mpeg'])
    expect(theOutbox().all()).toEqual([])
    expect(kept.size).toBe(0)
    expect(screen.getByRole('status').textContent).toContain('收下了')
  })

  it('waits without signal, goes on with the file that failed, and is one question', async () => {
    vi.mocked(upload).mockImplementationOnce(sent).mockImplementationOnce(cut)
    ask.mockRejectedValueOnce(offline())
    await asked(2)
    expect(uploaded()).toHaveLength(2)
    expect(kept.size).toBe(3)

    await act(async () => theOutbox().retryNow())
    await settle(20)
    await act(async () => theOutbox().retryNow())
    await settle(20)

    expect(new Set(uploaded()).size).toBe(3)
    expect(uploaded()).toHaveLength(4)
    expect(new Set(ask.mock.calls.map(([, , key]) => key)).size).toBe(1)
    expect(theOutbox().all()).toEqual([])
  })

  it('goes from where it lies when there is no room for a copy', async () => {
    phone.faults.filesFull = 'yes'
    await asked(1)

    expect(uploaded()[0]).toMatch(/^wxfile:\/\/tmp_photo/)
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('says of a file that the phone has lost that it was a photo or a recording', async () => {
    vi.mocked(upload).mockImplementation(cut)
    await asked(1)
    kept.clear()
    await act(async () => theOutbox().retryNow())
    await settle(20)

    const [item] = theOutbox().all()
    expect(item && refusalWords(item)).toContain('照片或录音')
  })

  it('pressed twice is one', async () => {
    ask.mockRejectedValue(new ApiProblem({ type: 'timeout', title: '', status: 0 }))
    await asked(1)
    cleanup()
    await asked(1)

    expect(theOutbox().all()).toHaveLength(1)
  })
})
