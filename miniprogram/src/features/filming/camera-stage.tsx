import { Text, View } from '@tarojs/components'
import { useCallback, useState } from 'react'
import type { DoseCard } from '@/api/types'
import { isNoLongerOffered, NoSecondDose, rememberBegun, UnwellLine } from '@/features/doses'
import { MAX_SECONDS, type RecordingEnd, type Shot } from '@/platform/camera-types'
import CameraView from '@/platform/camera-view'
import { spoken } from '@/platform/spoken'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { CameraDenied } from './camera-denied'
import { Guide } from './guide'
import { NoMore } from './no-more'
import { guideSteps, stepAt } from './steps'
import { type TakenFilm, useCamera } from './use-camera'
import { useVoice } from './use-voice'
import { VoiceSwitch } from './voice-switch'
import './camera-stage.css'

interface CameraStageProps {
  card: DoseCard
  code: string
  onTaken: (film: TakenFilm) => Promise<void>
  onPrepare: () => void
}

const PALM_STEP = 1

/** Where the face belongs, and for one step the palm below it. */
function Frame({ step }: { step: number }) {
  return (
    <>
      <View className="frame-face" {...spoken({ hidden: true })} />
      {step === PALM_STEP ? <View className="frame-palm" {...spoken({ hidden: true })} /> : null}
    </>
  )
}

export function CameraStage({ card, code, onTaken, onPrepare }: CameraStageProps) {
  const camera = useCamera(onTaken, () => rememberBegun(card.dose_id))
  const [over, setOver] = useState(false)
  const filming = camera.state === 'recording'
  const step = filming ? stepAt(camera.elapsed) : null
  const voice = useVoice(step === null ? null : (guideSteps(code !== '')[step]?.step ?? null))
  const { onEnded } = camera
  const { doubt } = voice
  const ended = useCallback(
    (shot: Shot | null, end: RecordingEnd) => {
      if (!shot && end !== 'whole') doubt()
      onEnded(shot, end)
    },
    [doubt, onEnded],
  )
  if (camera.state === 'denied' && camera.refused) {
    const again = () => void camera.askPermission()
    return <CameraDenied doseId={card.dose_id} refused={camera.refused} onAgain={again} />
  }

  const begin = () => {
    if (isNoLongerOffered(card.dose_id)) setOver(true)
    else void camera.start()
  }
  if (over) return <NoMore />
  return (
    <Page
      dark
      footer={camera.state === 'missing' ? null : <Shutter camera={camera} onStart={begin} />}
    >
      <View className="day-code" data-testid="day-code">
        <Text className="day-code-label">{code ? '今天的数字' : '没有网络，今天不用念数字'}</Text>
        {code ? <Text className="day-code-digits">{code}</Text> : null}
      </View>
      <View className="camera-box">
        {camera.state === 'asking' ? null : (
          <CameraView
            handle={camera.handle}
            onReady={camera.onReady}
            onDenied={camera.onDenied}
            onMissing={camera.onMissing}
            onEnded={ended}
            onLate={camera.onLate}
          />
        )}
        <Frame step={step ?? 0} />
      </View>
      {camera.broken ? (
        <Notice tone="danger" testId="camera-broken">
          {camera.broken}
        </Notice>
      ) : null}
      {camera.broken && camera.begun ? <NoSecondDose card={card} /> : null}
      <Guide current={step} drugs={card.drugs} withCode={code !== ''} />
      {filming ? null : (
        <>
          <VoiceSwitch voice={voice} />
          <UnwellLine card={card} beforeFilm inPlace />
          <BigButton look="quiet" testId="prepare-again" onTap={onPrepare}>
            要准备什么？再看一遍
          </BigButton>
        </>
      )}
    </Page>
  )
}

interface ShutterProps {
  camera: ReturnType<typeof useCamera>
  onStart: () => void
}

function Shutter({ camera, onStart }: ShutterProps) {
  if (camera.state === 'recording') {
    return (
      <BigButton look="danger" testId="camera-stop" disabled={!camera.canStop} onTap={camera.stop}>
        {camera.canStop
          ? `拍好了，停（还剩 ${Math.max(0, MAX_SECONDS - camera.elapsed)} 秒）`
          : '正在拍…'}
      </BigButton>
    )
  }
  return (
    <BigButton
      testId="camera-start"
      busy={camera.state === 'starting' || camera.state === 'ending'}
      disabled={camera.state !== 'ready'}
      onTap={onStart}
    >
      {['asking', 'opening'].includes(camera.state) ? '正在打开相机…' : '开始拍'}
    </BigButton>
  )
}
