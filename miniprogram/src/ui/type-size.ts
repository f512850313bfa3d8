/** The three type sizes: the person's own choice, else what they have set in WeChat. */
import { useEffect, useState } from 'react'
import { recall, remember } from '@/platform/store'
import { typeSetting } from '@/platform/type-setting'
import { type PaletteName, type SizeName, sizes } from './tokens.gen'

const KEY = 'type-size'
/** Before there were three sizes there was a switch. */
const KEY_OF_SWITCH = 'large-type'

export interface TypeSize {
  size: SizeName
  /** The person has said which size is theirs: nobody asks again. */
  answered: boolean
}

export const sizeWords: Record<SizeName, string> = {
  standard: '标准',
  large: '大',
  largest: '特大',
}

/** WeChat's usual text is 16 px, on an iPhone 17; its largest is near 24. */
export function sizeOf(px: number | null): SizeName {
  if (px === null || px <= 18) return 'standard'
  return px <= 21 ? 'large' : 'largest'
}

function known(): TypeSize {
  const chosen = recall<SizeName>(KEY)
  if (chosen && chosen in sizes) return { size: chosen, answered: true }
  if (recall<boolean>(KEY_OF_SWITCH)) return { size: 'large', answered: true }
  return { size: sizeOf(typeSetting()), answered: false }
}

const listeners = new Set<(now: TypeSize) => void>()

/** The same on every open page at once. */
export function useTypeSize() {
  const [now, setNow] = useState(known)
  useEffect(() => {
    listeners.add(setNow)
    return () => {
      listeners.delete(setNow)
    }
  }, [])
  const choose = (size: SizeName) => {
    remember(KEY, size)
    for (const listener of [...listeners]) listener({ size, answered: true })
  }
  return { ...now, choose }
}

/** Large type is set in stronger colours; on a dark page those of the dark. */
export function paletteOf(size: SizeName, dark: boolean): PaletteName {
  if (dark) return 'dark'
  return size === 'standard' ? 'light' : 'strong'
}
