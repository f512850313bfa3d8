import { useDidHide, useDidShow } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { partOf } from './parts'
import type { TodayView } from './today'

const EVERY_MS = 3000
const LONGEST_MS = 120_000

/** Looks again while the server works on a film, so that 待审核 appears without a pull. */
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
    const timer = setInterval(() => {
      if (Date.now() < until) void latest.current()
      else clearInterval(timer)
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [working, shown])
}
