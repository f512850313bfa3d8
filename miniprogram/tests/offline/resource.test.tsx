import { useDidShow } from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem, offline } from '@/lib/problem'
import { forgetAnswers, type Keep, keepAnswer, keptAnswer } from '@/offline/kept'
import { rememberPerson } from '@/offline/person'
import { type Resource, useResource } from '@/offline/use-resource'
import { readAnew, recall } from '@/platform/store'
import { ResourceNote } from '@/ui/resource-note'

let last: Resource<string>
let shows: (() => void)[] = []

function Shown({ name, fetch, keep }: { name: string; fetch: () => Promise<string>; keep: Keep }) {
  last = useResource(name, fetch, { keep })
  return (
    <div data-testid="shown">
      {last.data ?? '…'}
      {last.stale ? '（上次）' : ''}
      <ResourceNote of={last} />
    </div>
  )
}

const open = async (fetch: () => Promise<string>, keep: Keep = 'offline', name = 'thing') =>
  act(async () => void render(<Shown name={name} fetch={fetch} keep={keep} />))
const shown = () => screen.getByTestId('shown').textContent
/** The app is closed and opened again: memory is empty, the storage is not. */
const restart = () => {
  const stored = recall<string>('answer:p1:thing')
  forgetAnswers()
  readAnew()
  if (stored) keepAnswer('offline', 'p1', 'thing', stored)
}
let later = 0
const show = async (after = 5_000) => {
  later += after
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + later)
  await act(async () => shows[shows.length - 1]?.())
  vi.mocked(Date.now).mockRestore()
}
const held = () => {
  let answer: (text: string) => void = () => undefined
  let refuse: (problem: ApiProblem) => void = () => undefined
  const promise = new Promise<string>((resolve, reject) => {
    answer = resolve
    refuse = reject
  })
  return { promise, answer, refuse }
}

beforeEach(() => {
  rememberPerson('p1')
  forgetAnswers()
  shows = []
  later = 0
  vi.mocked(useDidShow).mockImplementation((callback) => void shows.push(callback as () => void))
})
afterEach(cleanup)

describe('something of the server’s', () => {
  it('is asked for once when the page opens, although it is shown, too', async () => {
    const fetch = vi.fn(async () => 'new')
    await open(fetch)
    await show(0)

    expect(fetch).toHaveBeenCalledTimes(1)
    expect(shown()).toBe('new')
  })

  it('is asked for again on each later show', async () => {
    const fetch = vi.fn(async () => 'new')
    await open(fetch)
    await show()
    await show()

    expect(fetch).toHaveBeenCalledTimes(3)
  })

  it('is asked for once at a time, whoever wants it', async () => {
    const slow = held()
    const fetch = vi.fn(() => slow.promise)
    await open(fetch)
    await open(fetch)
    await act(async () => slow.answer('new'))

    expect(fetch).toHaveBeenCalledTimes(1)
    expect(screen.getAllByTestId('shown').map((one) => one.textContent)).toEqual(['new', 'new'])
  })

  it('is asked for once more after something happened: the answer on its way may be older', async () => {
    const first = held()
    const fetch = vi.fn(async () => 'after').mockReturnValueOnce(first.promise)
    await open(fetch)
    await act(async () => {
      void last.reload()
      first.answer('before')
    })

    expect(fetch).toHaveBeenCalledTimes(2)
    expect(shown()).toBe('after')
  })

  it('never shows an older answer over a newer one, nor one of another key', async () => {
    const slow = held()
    const { rerender } = render(<Shown name="thing" fetch={() => slow.promise} keep="none" />)
    await act(async () => void rerender(<Shown name="other" fetch={async () => 'b'} keep="none" />))
    await act(async () => slow.answer('a'))

    expect(shown()).toBe('b')
  })

  it('is what an act was answered with, whatever was on its way', async () => {
    const slow = held()
    await open(() => slow.promise)
    act(() => last.replace('changed'))
    await act(async () => slow.answer('before'))

    expect(shown()).toBe('changed')
    expect(keptAnswer('offline', 'p1', 'thing')).toBe('changed')
  })
})

describe('what is remembered', () => {
  const offlineNow = async () => Promise.reject(offline())

  it('is shown at once, and said to be from before until the fresh one comes', async () => {
    await open(async () => 'old')
    cleanup()
    const slow = held()
    await open(() => slow.promise)
    expect(shown()).toBe('old（上次）')
    await act(async () => slow.answer('new'))

    expect(shown()).toBe('new')
  })

  it('stays with no network, under a note and not a red page', async () => {
    await open(async () => 'old')
    cleanup()
    await open(offlineNow)

    expect(shown()).toContain('old（上次）')
    expect(screen.getByTestId('stale')).toBeTruthy()
    expect(screen.queryByTestId('problem')).toBeNull()
  })

  it.each([
    ['offline' as const, 'old（上次）'],
    ['swr' as const, '…'],
    ['none' as const, '…'],
  ])('after the app was closed: %s', async (keep, words) => {
    await open(async () => 'old', keep)
    cleanup()
    restart()
    await open(offlineNow, keep)

    expect(shown()).toContain(words)
  })

  it('lasts while the app is open where it is kept that long', async () => {
    await open(async () => 'old', 'swr')
    cleanup()
    await open(offlineNow, 'swr')

    expect(shown()).toContain('old（上次）')
  })

  it('is not shown when the server refuses it', async () => {
    await open(async () => 'old')
    cleanup()
    await open(async () =>
      Promise.reject(new ApiProblem({ type: 'x', title: '不行', status: 403 })),
    )

    expect(shown()).not.toContain('old')
    expect(keptAnswer('offline', 'p1', 'thing')).toBeNull()
  })

  it('stays when the server is only busy', async () => {
    await open(async () => 'old')
    cleanup()
    await open(async () => Promise.reject(new ApiProblem({ type: 'x', title: '', status: 503 })))

    expect(shown()).toContain('old（上次）')
  })

  it('is not the answer that was meant for the one before', async () => {
    const slow = held()
    await open(() => slow.promise)
    rememberPerson('p2')
    await act(async () => slow.answer('of p1'))

    expect(keptAnswer('offline', 'p2', 'thing')).toBeNull()
  })

  it('is gone when another person is bound', async () => {
    await open(async () => 'old')
    cleanup()
    rememberPerson('p2')
    await open(offlineNow)
    expect(shown()).not.toContain('old')
    cleanup()
    rememberPerson('p1')
    await open(offlineNow)

    expect(shown()).not.toContain('old')
  })

  it('is not without end: the oldest goes', () => {
    for (let n = 0; n < 40; n += 1) keepAnswer('offline', 'p1', `thing-${n}`, n)
    const stored = Array.from({ length: 40 }, (_, n) => `answer:p1:thing-${n}`).filter((name) =>
      localKeys().some((key) => key.endsWith(name)),
    )

    expect(stored).toHaveLength(24)
    expect(stored[0]).toBe('answer:p1:thing-16')
  })
})

const localKeys = () => taro.getStorageInfoSync().keys
const taro = (await import('@tarojs/taro')).default
