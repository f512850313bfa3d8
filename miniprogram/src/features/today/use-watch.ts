import { useDidHide, useDidShow } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { partOf } from './parts'
import type { TodayView } from './today'

const FIRST_MS = 3_000
const SLOWEST_MS = 15_000
const LONGEST_MS = 180_000

/** Looks again while the server works on a film, so that 等医生看 appears without a pull. */
export function useWatch(view: TodayView | null, refresh: () => Promise<void>): void {
  const [shown, setShown] = useState(true)
  useDidShow(() => setShown(true))
  useDidHide(() => setShown(false))
  const working = view?.items.some((item) => partOf(item).isWorking(item)) ?? false
  const latest = useRef(refresh)
  latest.current = refresh
  useEffect(() => {
    if (!working || !shown) return undefined
    const until = Date.now() + LONGEST_MS
    let timer: ReturnType<typeof setTimeout> | undefined
    // The next look waits for the last: on a thin line five of them would stand in each other's way.
    const lookAfter = (ms: number) => {
      timer = setTimeout(async () => {
        await latest.current()
        if (timer !== undefined && Date.now() < until) lookAfter(Math.min(SLOWEST_MS, ms * 1.3))
      }, ms)
    }
    lookAfter(FIRST_MS)
    return () => {
      clearTimeout(timer)
      timer = undefined
    }
  }, [working, shown])
}
