/** One recording: started and stopped by the person, by the clock, or by the phone. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { CameraHandle, Shot } from '@/platform/camera-types'
import { SHORTEST_SECONDS } from './steps'

export type CameraState =
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
}

export function useCamera(onTaken: (film: TakenFilm) => Promise<void>) {
  const handle = useRef<CameraHandle | null>(null)
  const startedAt = useRef(0)
  const [state, setState] = useState<CameraState>('opening')
  const [elapsed, setElapsed] = useState(0)
  const [broken, setBroken] = useState('')
  const latest = useRef(onTaken)
  latest.current = onTaken

  useEffect(() => {
    if (state !== 'recording') return
    const tick = () => setElapsed(Math.floor((Date.now() - startedAt.current) / 1000))
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [state])

  const onReady = useCallback(() => setState((now) => (now === 'opening' ? 'ready' : now)), [])
  const onDenied = useCallback(() => setState('denied'), [])
  const onMissing = useCallback(() => setState('missing'), [])
  const giveUp = useCallback((words: string) => {
    setBroken(words)
    setState(handle.current ? 'ready' : 'missing')
  }, [])
  const onEnded = useCallback(
    (shot: Shot | null) => {
      const ran = startedAt.current ? Date.now() - startedAt.current : 0
      const capturedAt = startedAt.current || Date.now()
      startedAt.current = 0
      if (!shot) return giveUp('拍摄被打断了。请再拍一次。')
      const durationMs = shot.durationMs ?? ran
      if (durationMs < SHORTEST_SECONDS * 1000) {
        return giveUp('视频太短，看不出服药。请再拍一次。')
      }
      setState('ending')
      latest.current({ shot, capturedAt, durationMs }).catch(() => {
        giveUp('手机空间不够，视频没有存下来。请删掉一些照片，再拍一次。')
      })
    },
    [giveUp],
  )

  const start = useCallback(async () => {
    if (!handle.current) return
    setBroken('')
    setElapsed(0)
    setState('starting')
    try {
      await handle.current.start()
      startedAt.current = Date.now()
      setState('recording')
    } catch {
      setBroken('相机没有启动。请看看是不是别的软件在用相机，再试一次。')
      setState('ready')
    }
  }, [])
  const stop = useCallback(() => {
    setState((now) => (now === 'recording' ? 'ending' : now))
    handle.current?.stop()
  }, [])
  return { handle, state, elapsed, broken, onReady, onDenied, onMissing, onEnded, start, stop }
}
