import { Camera } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { useEffect, useRef } from 'react'
import { type CameraViewProps, MAX_SECONDS, type Shot } from './camera-types'

const shotOf = (path: string): Shot => ({
  path,
  contentType: 'video/mp4',
  mirrored: false,
  durationMs: null,
})

export default function CameraView({ handle, onReady, onDenied, onEnded }: CameraViewProps) {
  const running = useRef(false)
  useEffect(() => {
    const context = Taro.createCameraContext()
    const end = (shot: Shot | null) => {
      if (!running.current) return
      running.current = false
      onEnded(shot)
    }
    handle.current = {
      start: () =>
        new Promise<void>((resolve, reject) => {
          running.current = true
          const options = {
            timeout: MAX_SECONDS,
            selfieMirror: false,
            // Also called when the recording was cut short, with what there is.
            timeoutCallback: (r: { tempVideoPath?: string }) =>
              end(r.tempVideoPath ? shotOf(r.tempVideoPath) : null),
            success: () => resolve(),
            fail: (error: unknown) => {
              running.current = false
              reject(error)
            },
          }
          context.startRecord(options)
        }),
      stop: () => {
        // Smaller films arrive sooner on a poor signal; Taro's types do not know the option yet.
        const options = {
          compressed: true,
          success: (r: { tempVideoPath: string }) => end(shotOf(r.tempVideoPath)),
          fail: () => end(null),
        }
        context.stopRecord(options)
      },
    }
    return () => {
      // A film broken off by leaving the page is nobody's.
      running.current = false
      handle.current = null
    }
  }, [handle, onEnded])
  return (
    <Camera
      className="camera-picture"
      mode="normal"
      devicePosition="front"
      flash="off"
      resolution="medium"
      onInitDone={onReady}
      onError={onDenied}
      onStop={() => {
        if (!running.current) return
        running.current = false
        onEnded(null)
      }}
    />
  )
}

/** True when an earlier refusal means that WeChat will not ask again. */
export async function cameraRefusedBefore(): Promise<boolean> {
  try {
    const { authSetting } = await Taro.getSetting()
    return authSetting['scope.camera'] === false || authSetting['scope.record'] === false
  } catch {
    return false
  }
}

export const canOpenSetting = true
