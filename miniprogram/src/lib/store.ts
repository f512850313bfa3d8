/** What the phone remembers between openings. */
import Taro from '@tarojs/taro'
import { storageOwner } from '@/platform/login'

const PREFIX = 'weibu:'

function fullKey(key: string): string {
  return `${PREFIX}${storageOwner()}:${key}`
}

export function remember<T>(key: string, value: T): void {
  Taro.setStorageSync(fullKey(key), JSON.stringify(value))
}

export function recall<T>(key: string): T | null {
  const text: unknown = Taro.getStorageSync(fullKey(key))
  if (typeof text !== 'string' || text === '') return null
  try {
    return JSON.parse(text) as T
  } catch {
    return null
  }
}

export function forget(key: string): void {
  Taro.removeStorageSync(fullKey(key))
}

/** After the account is closed nothing of it stays on the phone; what is named may be another's. */
export function forgetAllBut(kept: string): void {
  const mine = fullKey('')
  for (const key of Taro.getStorageInfoSync().keys) {
    if (key.startsWith(mine) && key !== fullKey(kept)) Taro.removeStorageSync(key)
  }
}
