import { View } from '@tarojs/components'
import { useEffect, useRef, useState } from 'react'
import type { Voice } from '@/lib/attachment'
import { playSound } from '@/platform/sound'
import { spoken } from '@/platform/spoken'
import { BigButton } from '../big-button'
import { Dialog } from '../dialog'
import { Notice } from '../notice'
import { MediaRefused } from './media-refused'
import { LONGEST_VOICE_S, useVoice } from './use-voice'
import './form.css'

interface VoiceNoteProps {
  voice: Voice | null
  /** The old one stays until a new one is there. */
  onChange: (voice: Voice | null) => void
}

/** For who would rather speak than write: one touch begins, another ends. */
export function VoiceNote({ voice, onChange }: VoiceNoteProps) {
  const recording = useVoice(onChange)
  const isOn = recording.state === 'recording' || recording.state === 'ending'
  return (
    <View className="field" data-testid="voice-note">
      {recording.broken ? <Notice tone="danger">{recording.broken}</Notice> : null}
      {recording.refused ? (
        <MediaRefused
          what="voice"
          refused={recording.refused}
          onAgain={() => void recording.start()}
        />
      ) : null}
      {isOn ? (
        <>
          <View className="strong" {...spoken({ role: 'status', live: true })}>
            正在录音，请说话…
          </View>
          <BigButton
            look="danger"
            testId="voice-stop"
            busy={recording.state === 'ending'}
            onTap={recording.stop}
          >
            说完了，停（还剩 {recording.left} 秒）
          </BigButton>
        </>
      ) : null}
      {!isOn && voice ? <Recorded voice={voice} onDrop={() => onChange(null)} /> : null}
      {isOn || recording.refused ? null : (
        <BigButton
          look="plain"
          testId="voice-start"
          busy={recording.state === 'starting'}
          onTap={() => void recording.start()}
        >
          {voice ? '重新录' : `按一下，开始说话（最长 ${LONGEST_VOICE_S} 秒）`}
        </BigButton>
      )}
    </View>
  )
}

function Recorded({ voice, onDrop }: { voice: Voice; onDrop: () => void }) {
  const stop = useRef<(() => void) | null>(null)
  const [playing, setPlaying] = useState(false)
  const [failed, setFailed] = useState(false)
  const [asking, setAsking] = useState(false)
  // Also where another has taken its place: what is heard is what will be sent.
  // biome-ignore lint/correctness/useExhaustiveDependencies: ends with the recording that it plays
  useEffect(() => () => stop.current?.(), [voice.path])
  const play = () => {
    setFailed(false)
    setPlaying(true)
    stop.current = playSound(voice.path, (whole) => {
      stop.current = null
      setPlaying(false)
      setFailed(!whole)
    })
  }
  return (
    <>
      <View className="strong" data-testid="voice-kept">
        录好了，{Math.max(1, Math.round(voice.durationMs / 1000))} 秒
      </View>
      {failed ? <Notice tone="danger">这段录音放不出来。请重新录一次。</Notice> : null}
      <BigButton
        look="plain"
        testId="voice-play"
        onTap={() => (playing ? stop.current?.() : play())}
      >
        {playing ? '停，不听了' : '听一听'}
      </BigButton>
      <BigButton look="quiet" testId="voice-drop" onTap={() => setAsking(true)}>
        删掉这段录音
      </BigButton>
      {asking ? (
        <Dialog
          title="删掉这段录音吗？"
          actions={
            <>
              <BigButton look="danger" testId="voice-drop-sure" onTap={onDrop}>
                删掉
              </BigButton>
              <BigButton look="plain" onTap={() => setAsking(false)}>
                留着
              </BigButton>
            </>
          }
        />
      ) : null}
    </>
  )
}
