/** One voice note at a time: asked for, listened to, kept or said to be lost. */
import { useDidHide } from '@tarojs/taro'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Voice } from '@/lib/attachment'
import { stayAwake } from '@/platform/awake'
import { type Refused, refusedBy, refusedPermission } from '@/platform/permissions'
import { askBeforeLeaving } from '@/platform/presence'
import { voiceSource } from '@/platform/voice'
import { LONGEST_VOICE_MS, type VoiceEnd, VoiceRecorder } from '@/platform/voice-recorder'

export const LONGEST_VOICE_S = LONGEST_VOICE_MS / 1000
const SHORTEST_MS = 1_000
const BROKEN = {
  cut: '录音被打断了，这一段没有录上。请再说一次。',
  silent: '手机没有把录音交出来，这一段没有录上。请再说一次。',
  short: '太短了，没有录上。请再说一次。',
  start: '录音没有开始。请看看是不是别的软件在用麦克风，再试一次。',
}
const LEAVING = '还没有录完。现在离开，这一段就没有了。'

export type VoiceState = 'idle' | 'starting' | 'recording' | 'ending'

export function useVoice(onVoice: (voice: Voice) => void) {
  const [state, setState] = useState<VoiceState>('idle')
  const [seconds, setSeconds] = useState(0)
  const [refused, setRefused] = useState<Refused | null>(null)
  const [broken, setBroken] = useState('')
  const latest = useRef(onVoice)
  latest.current = onVoice

  const take = useCallback((voice: Voice) => {
    const isShort = voice.durationMs < SHORTEST_MS
    setBroken(isShort ? BROKEN.short : '')
    if (!isShort) latest.current(voice)
  }, [])
  const ended = useCallback(
    (voice: Voice | null, end: VoiceEnd) => {
      setState('idle')
      if (voice) take(voice)
      else setBroken(BROKEN[end === 'silent' ? 'silent' : 'cut'])
    },
    [take],
  )
  const recorder = useRef<VoiceRecorder | null>(null)
  recorder.current ??= new VoiceRecorder(voiceSource, ended, take)
  // Nobody is listened to who has left the page, or looks elsewhere.
  const gone = useRef(false)
  useDidHide(() => recorder.current?.stop())
  useEffect(
    () => () => {
      gone.current = true
      recorder.current?.stop()
    },
    [],
  )

  const isOn = state === 'recording' || state === 'ending'
  useEffect(() => {
    if (!isOn) return
    stayAwake('recording', true)
    askBeforeLeaving(LEAVING)
    return () => {
      stayAwake('recording', false)
      askBeforeLeaving(null)
    }
  }, [isOn])
  useEffect(() => {
    if (state !== 'recording') return
    setSeconds(0)
    const timer = setInterval(() => setSeconds((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [state])

  const start = async () => {
    if (state !== 'idle' || !recorder.current) return
    setBroken('')
    setState('starting')
    const found = await refusedPermission(['microphone']).catch(() => null)
    if (gone.current) return
    setRefused(found)
    if (found) {
      setState('idle')
      return
    }
    try {
      await recorder.current.start()
      setState('recording')
    } catch (error) {
      setState('idle')
      const who = refusedBy(error, 'microphone') ?? (await refusedPermission(['microphone']))
      setRefused(who)
      if (!who) setBroken(BROKEN.start)
    }
  }
  const stop = () => {
    if (state !== 'recording') return
    setState('ending')
    recorder.current?.stop()
  }
  return { state, left: Math.max(0, LONGEST_VOICE_S - seconds), refused, broken, start, stop }
}
