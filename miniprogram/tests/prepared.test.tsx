import '@/register'
import Taro, * as taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import * as memory from '@/features/doses/memory'
import CameraPage from '@/pages/camera/index'
import { makeCard } from './factories'

afterEach(() => {
  cleanup()
  Taro.clearStorageSync()
})

function opened() {
  vi.spyOn(taro, 'useRouter').mockReturnValue({ params: { dose_id: 'd1' } } as never)
  vi.spyOn(memory, 'rememberedCard').mockReturnValue(makeCard())
  render(<CameraPage />)
}
const has = (id: string) => screen.queryByTestId(id) !== null
const tap = (id: string) => act(async () => screen.getByTestId(id).click())

it('asks the first time whether drug and water are there, later only on demand', async () => {
  opened()
  expect(document.body.textContent).toContain('四联片 3\u00a0片')
  expect(has('day-code')).toBe(false)
  await tap('prepared')
  expect(has('day-code')).toBe(true)
  cleanup()

  opened()
  await act(async () => undefined)
  expect([has('prepared'), has('day-code')]).toEqual([false, true])
  await tap('prepare-again')
  expect(has('prepared')).toBe(true)
})
