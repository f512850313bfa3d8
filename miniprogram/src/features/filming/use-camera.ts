/** One recording: started and stopped by the person, by the clock, or by the phone. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { reportError } from '@/api/report'
import { Stopwatch } from '@/lib/stopwatch'
import { stayAwake } from '@/platform/awake'
import {
  type CameraHandle,
  MAX_SECONDS,
  type RecordingEnd,
  type Shot,
} from '@/platform/camera-types'
import { type Refused, refusedPermission } from '@/platform/permissions'
import { askBeforeLeaving } from '@/platform/presence'
import { SHORTEST_SECONDS } from './steps'

export type CameraState =
  | 'asking'
  | 'opening'
  | 'ready'
  | 'starting'
  | 'recording'
  | 'ending'
  | 'denied'
  | 'missing'
export interface TakenFilm {
  shot: Shot
  capturedAt: number
  durationMs: number
  /** The person had left the page: there is nobody to show it to. */
  left: boolean
}

const BROKEN: Record<Exclude<RecordingEnd, 'whole'> | 'short' | 'start', string> = {
  cut: '拍摄被打断了，这一段没有留下来。',
  silent: '手机没有把视频交出来，这一段没有留下来。',
  short: '视频太短，看不出服药。',
  start: '相机没有启动。请看看是不是别的软件在用相机，再试一次。',
}
const FOUND = '刚才那一段找到了，已经存在手机里。回到今日就能发给医生。'
const LEAVING = '还没有拍完。现在离开，拍到的会存成一段没发的视频。'

export function useCamera(
  onTaken: (film: TakenFilm) => Promise<void>,
  /** Also of somebody who has left the page by the time the camera answers. */
  onBegun?: () => void,
) {
  const handle = useRef<CameraHandle | null>(null)
  const startedAt = useRef(0)
  const watch = useRef(new Stopwatch(MAX_SECONDS * 1000))
  const lastRun = useRef({ capturedAt: 0, durationMs: 0 })
  const gone = useRef(false)
  const [state, setState] = useState<CameraState>('asking')
  const [refused, setRefused] = useState<Refused | null>(null)
  const [elapsed, setElapsed] = useState(0)
  const [broken, setBroken] = useState('')
  /** A recording had begun: the drug may have been swallowed before it. */
  const [begun, setBegun] = useState(false)
  const latest = useRef(onTaken)
  latest.current = onTaken
  const told = useRef(onBegun)
  told.current = onBegun

  useEffect(() => {
    stayAwake('filming', true)
    return () => {
      gone.current = true
      stayAwake('filming', false)
      askBeforeLeaving(null)
    }
  }, [])
  useEffect(() => {
    if (state !== 'recording') return
    const tick = () => setElapsed(Math.floor(watch.current.look() / 1000))
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [state])

  const askPermission = useCallback(async () => {
    const found = await refusedPermission().catch(() => null)
    setRefused(found)
    setState((now) => (found ? 'denied' : now === 'asking' || now === 'denied' ? 'opening' : now))
    return found
  }, [])
  useEffect(() => void askPermission(), [askPermission])

  const onReady = useCallback(() => setState((now) => (now === 'opening' ? 'ready' : now)), [])
  const onDenied = useCallback(
    (said: string) => {
      void askPermission().then((found) => {
        if (found) return
        // Nobody refused it: another app holds it, or the phone has a fault. It can be tried again.
        reportError('unhandled', new Error(`camera: ${said}`))
        setBroken(BROKEN.start)
        setState('ready')
      })
    },
    [askPermission],
  )
  const onMissing = useCallback(() => setState('missing'), [])
  const giveUp = useCallback((why: keyof typeof BROKEN) => {
    askBeforeLeaving(null)
    setBroken(BROKEN[why])
    setState(handle.current ? 'ready' : 'missing')
  }, [])
  const onEnded = useCallback(
    (shot: Shot | null, end: RecordingEnd) => {
      const ran = startedAt.current ? watch.current.look() : 0
      const capturedAt = startedAt.current || Date.now()
      startedAt.current = 0
      lastRun.current = { capturedAt, durationMs: ran }
      if (!shot) return giveUp(end === 'whole' ? 'cut' : end)
      const durationMs = shot.durationMs ?? ran
      if (durationMs < SHORTEST_SECONDS * 1000) return giveUp('short')
      setState('ending')
      void latest
        .current({ shot, capturedAt, durationMs, left: gone.current })
        .catch(() => giveUp('silent'))
        .finally(() => askBeforeLeaving(null))
    },
    [giveUp],
  )

  const onLate = useCallback((shot: Shot) => {
    const { capturedAt, durationMs: known } = lastRun.current
    if (capturedAt === 0) return
    const least = SHORTEST_SECONDS * 1000
    // Given up so early it has gone on unseen, as after a stop that failed: nobody tells how long.
    const since = Math.min(Date.now() - capturedAt, MAX_SECONDS * 1000)
    const durationMs = known < least ? since : known
    if (durationMs < least) return
    setBegun(true)
    void latest
      .current({ shot, capturedAt, durationMs, left: true })
      .then(() => setBroken(FOUND))
      .catch(() => undefined)
  }, [])

  const start = useCallback(async () => {
    if (!handle.current) return
    setBroken('')
    setElapsed(0)
    setState('starting')
    const askedAt = Date.now()
    watch.current.start()
    try {
      await handle.current.start()
      startedAt.current = Date.now()
      watch.current.start()
      setBegun(true)
      told.current?.()
      askBeforeLeaving(LEAVING)
      setState('recording')
    } catch {
      // A camera that gave no answer may have filmed meanwhile: its film comes as late.
      lastRun.current = { capturedAt: askedAt, durationMs: watch.current.look() }
      setState('ready')
      // WeChat does not say which of its own permissions it missed.
      if (!(await askPermission())) setBroken(BROKEN.start)
    }
  }, [askPermission])
  const stop = useCallback(() => {
    setState((now) => (now === 'recording' ? 'ending' : now))
    handle.current?.stop()
  }, [])
  /** A slip of the finger where 开始拍 was must not end what has just begun. */
  const canStop = elapsed >= SHORTEST_SECONDS
  const facts = { handle, state, refused, elapsed, broken, begun, canStop }
  return { ...facts, askPermission, onReady, onDenied, onMissing, onEnded, onLate, start, stop }
}
