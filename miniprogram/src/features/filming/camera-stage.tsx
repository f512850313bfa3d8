import { Text, View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import { NoSecondDose, UnwellLine } from '@/features/doses'
import { MAX_SECONDS } from '@/platform/camera-types'
import CameraView from '@/platform/camera-view'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { CameraDenied } from './camera-denied'
import { Guide } from './guide'
import { stepAt } from './steps'
import { type TakenFilm, useCamera } from './use-camera'
import './camera-stage.css'

interface CameraStageProps {
  card: DoseCard
  code: string
  onTaken: (film: TakenFilm) => Promise<void>
}

export function CameraStage({ card, code, onTaken }: CameraStageProps) {
  const camera = useCamera(onTaken)
  if (camera.state === 'denied' && camera.refused) {
    const again = () => void camera.askPermission()
    return <CameraDenied doseId={card.dose_id} refused={camera.refused} onAgain={again} />
  }

  const filming = camera.state === 'recording'
  return (
    <Page dark footer={camera.state === 'missing' ? null : <Shutter camera={camera} />}>
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
            onEnded={camera.onEnded}
          />
        )}
      </View>
      {camera.broken ? (
        <Notice tone="danger" testId="camera-broken">
          {camera.broken}
        </Notice>
      ) : null}
      {camera.broken && camera.begun ? <NoSecondDose card={card} /> : null}
      <Guide
        current={filming ? stepAt(camera.elapsed) : null}
        drugs={card.drugs}
        withCode={code !== ''}
      />
      {filming ? null : <UnwellLine card={card} beforeFilm inPlace />}
    </Page>
  )
}

function Shutter({ camera }: { camera: ReturnType<typeof useCamera> }) {
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
      onTap={camera.start}
    >
      {['asking', 'opening'].includes(camera.state) ? '正在打开相机…' : '开始拍'}
    </BigButton>
  )
}
