import Taro from '@tarojs/taro'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { forget, keep, neverDrop, recall, remember } from '@/platform/store'

const ROOM = 8_000
const large = 'x'.repeat(5_000)

/** As WeChat's: what does not fit is not written, and that is an error. */
function fillable() {
  const held = new Map<string, string>()
  vi.spyOn(Taro, 'setStorageSync').mockImplementation((key: string, text: string) => {
    const others = [...held].filter(([name]) => name !== key).map(([, value]) => value.length)
    if (others.reduce((sum, size) => sum + size, text.length) > ROOM) throw new Error('full')
    held.set(key, text)
  })
  vi.spyOn(Taro, 'getStorageSync').mockImplementation((key: string) => held.get(key) ?? '')
  vi.spyOn(Taro, 'removeStorageSync').mockImplementation((key: string) => void held.delete(key))
  vi.spyOn(Taro, 'getStorageInfoSync').mockImplementation(
    () => ({ keys: [...held.keys()] }) as Taro.getStorageInfoSync.Option,
  )
}

beforeEach(fillable)
afterEach(() => {
  for (const key of ['outbox', 'receipts', 'today', 'person']) forget(key)
})

it('what must not be lost takes the room of what can be asked for again', () => {
  neverDrop('outbox', 'receipts')
  remember('today', large)
  remember('person', 'p1')
  keep('outbox', large)
  expect(recall('outbox')).toBe(large)
  expect(recall('today')).toBeNull()
  expect(recall('person')).toBe('p1')
})

it('it never takes the room of its like, and says so when there is none', () => {
  neverDrop('outbox', 'receipts')
  keep('outbox', large)
  expect(() => keep('receipts', large)).toThrow('full')
  expect(recall('outbox')).toBe(large)
})

it('what can be asked for again takes nobody’s room', () => {
  remember('months', large)
  remember('today', large)
  expect(recall('today')).toBeNull()
  expect(recall('months')).toBe(large)
  forget('months')
})
