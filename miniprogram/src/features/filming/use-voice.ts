/** Speaks the words of the step that the recording has come to. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { VoiceStep } from '@/api/types'
import { playSound } from '@/platform/sound'
import { recall, remember } from '@/platform/store'
import { fetchVoices, type VoicePaths, voicePaths } from './voices'

const ON = 'guide-voice-on'

export interface GuideVoice {
  /** Nobody is offered what there is not. */
  exists: boolean
  on: boolean
  turn: (on: boolean) => void
  /** A film broke off while it spoke: on some phones sound takes the microphone away. */
  doubted: boolean
  doubt: () => void
}

/** `step`: null while nothing is filmed. */
export function useVoice(step: VoiceStep | null): GuideVoice {
  const [paths, setPaths] = useState<VoicePaths>({})
  const [on, setOn] = useState(() => recall<boolean>(ON) ?? true)
  const [doubted, setDoubted] = useState(false)
  const spoke = useRef(false)
  // Words that arrive in the middle of a step wait for the next one.
  const now = useRef({ paths, on })
  now.current = { paths, on }

  useEffect(() => {
    let here = true
    const look = async () => {
      const found = await voicePaths()
      if (here) setPaths(found)
    }
    void look()
    void fetchVoices().then(look)
    return () => {
      here = false
    }
  }, [])
  useEffect(() => {
    const path = step && now.current.on ? now.current.paths[step] : undefined
    if (!path) return
    spoke.current = true
    return playSound(path, () => undefined)
  }, [step])

  const turn = useCallback((wanted: boolean) => {
    remember(ON, wanted)
    setOn(wanted)
    setDoubted(false)
    spoke.current = false
  }, [])
  const doubt = useCallback(() => {
    if (!spoke.current) return
    turn(false)
    setDoubted(true)
  }, [turn])
  return { exists: Object.keys(paths).length > 0, on, turn, doubted, doubt }
}
