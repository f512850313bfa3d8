import { useEffect, useState } from 'react'
import { recall, remember } from '@/platform/store'

const KEY = 'large-type'
const listeners = new Set<(large: boolean) => void>()

/** The large-type switch, the same on every open page at once. */
export function useLargeType() {
  const [large, setLarge] = useState(() => recall<boolean>(KEY) ?? false)
  useEffect(() => {
    listeners.add(setLarge)
    return () => {
      listeners.delete(setLarge)
    }
  }, [])
  const choose = (next: boolean) => {
    remember(KEY, next)
    for (const listener of [...listeners]) listener(next)
  }
  return { large, choose }
}
