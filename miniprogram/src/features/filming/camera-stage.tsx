import { Text, View } from '@tarojs/components'
import { useEffect } from 'react'
import type { DoseCard } from '@/api/types'
import { MAX_SECONDS } from '@/platform/camera-types'
import CameraView, { cameraRefusedBefore } from '@/platform/camera-view'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { CameraDenied } from './camera-denied'
import { Guide } from './guide'
import { stepAt } from './steps'
import { type TakenFilm, useCamera } from './use-camera'

interface CameraStageProps {
  card: DoseCard
  code: string
  onTaken: (film: TakenFilm) => Promise<void>
  onAgain: () => void
}

export function CameraStage({ card, code, onTaken, onAgain }: CameraStageProps) {
  const camera = useCamera(onTaken)
  const { onDenied } = camera
  useEffect(() => {
    void cameraRefusedBefore().then((refused) => refused && onDenied())
  }, [onDenied])
  if (camera.state === 'denied') return <CameraDenied doseId={card.dose_id} onAgain={onAgain} />

  const filming = camera.state === 'recording'
  return (
    <Page dark footer={camera.state === 'missing' ? null : <Shutter camera={camera} />}>
      <View className="day-code" data-testid="day-code">
        <Text className="day-code-label">今天的数字</Text>
        <Text className="day-code-digits">{code || '没有'}</Text>
      </View>
      <View className="camera-box">
        <CameraView
          handle={camera.handle}
          onReady={camera.onReady}
          onDenied={camera.onDenied}
          onMissing={camera.onMissing}
          onEnded={camera.onEnded}
        />
      </View>
      {camera.broken ? (
        <Notice tone="danger" testId="camera-broken">
          {camera.broken}
        </Notice>
      ) : null}
      <Guide current={filming ? stepAt(camera.elapsed) : null} drugs={card.drugs} />
    </Page>
  )
}

function Shutter({ camera }: { camera: ReturnType<typeof useCamera> }) {
  if (camera.state === 'recording') {
    return (
      <BigButton look="danger" testId="camera-stop" onTap={camera.stop}>
        拍好了，停（还剩 {Math.max(0, MAX_SECONDS - camera.elapsed)} 秒）
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
      {camera.state === 'opening' ? '正在打开相机…' : '开始拍'}
    </BigButton>
  )
}
