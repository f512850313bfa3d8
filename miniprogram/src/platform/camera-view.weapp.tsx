import { Camera } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { useEffect, useRef } from 'react'
import type { CameraViewProps } from './camera-types'
import { Recorder, type RecordingContext } from './recorder'
import './camera-view.css'

export default function CameraView(props: CameraViewProps) {
  const { handle, onReady, onDenied, onEnded, onLate } = props
  const recorder = useRef<Recorder | null>(null)
  useEffect(() => {
    // Taro's types do not know every option yet.
    const context = Taro.createCameraContext() as unknown as RecordingContext
    const mine = new Recorder(context, onEnded, onLate)
    recorder.current = mine
    handle.current = { start: () => mine.start(), stop: () => mine.stop() }
    return () => {
      // Whoever leaves after the swallow has filmed it: what there is is kept.
      mine.stop()
      handle.current = null
    }
  }, [handle, onEnded, onLate])
  return (
    <Camera
      className="camera-picture"
      mode="normal"
      devicePosition="front"
      flash="off"
      resolution="medium"
      onInitDone={onReady}
      onError={(event) => onDenied(String(event.detail?.errMsg ?? ''))}
      onStop={() => recorder.current?.interrupted()}
    />
  )
}
