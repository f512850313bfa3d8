/** The preview's camera: the browser's own, or a picked film where a computer has none. */
import { useEffect, useRef, useState } from 'react'
import { type CameraHandle, type CameraViewProps, MAX_SECONDS, type Shot } from './camera-types'
import './camera-view.css'

const TYPES = [
  'video/mp4;codecs=avc1.42E01E,mp4a.40.2',
  'video/mp4',
  'video/webm;codecs=vp8,opus',
  'video/webm',
]

async function openCamera(): Promise<MediaStream> {
  const video = { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 } }
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: true })
  } catch {
    return navigator.mediaDevices.getUserMedia({ video })
  }
}

function recordingHandle(stream: MediaStream, onEnded: CameraViewProps['onEnded']): CameraHandle {
  let recorder: MediaRecorder | null = null
  return {
    start: async () => {
      const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type))
      const parts: Blob[] = []
      recorder = new MediaRecorder(stream, {
        ...(mimeType ? { mimeType } : {}),
        videoBitsPerSecond: 1_000_000,
      })
      const contentType = recorder.mimeType.split(';')[0] || 'video/webm'
      recorder.ondataavailable = (event) => {
        if (event.data.size > 0) parts.push(event.data)
      }
      recorder.onstop = () => {
        const path = URL.createObjectURL(new Blob(parts, { type: contentType }))
        onEnded({ path, contentType, mirrored: false, durationMs: null }, 'whole')
      }
      recorder.start(1000)
      const started = recorder
      setTimeout(() => {
        if (started.state === 'recording') started.stop()
      }, MAX_SECONDS * 1000)
    },
    stop: () => {
      if (recorder?.state === 'recording') recorder.stop()
    },
  }
}

async function shotOfFile(file: File): Promise<Shot> {
  const path = URL.createObjectURL(file)
  const durationMs = await new Promise<number>((resolve) => {
    const video = document.createElement('video')
    video.onloadedmetadata = () =>
      resolve(Number.isFinite(video.duration) ? video.duration * 1000 : 0)
    video.onerror = () => resolve(0)
    video.src = path
  })
  return {
    path,
    contentType: file.type || 'video/mp4',
    mirrored: false,
    durationMs: Math.round(durationMs),
  }
}

export default function CameraView({ handle, onReady, onMissing, onEnded }: CameraViewProps) {
  const picture = useRef<HTMLVideoElement>(null)
  const [missing, setMissing] = useState(false)
  useEffect(() => {
    let stream: MediaStream | null = null
    let gone = false
    const begin = async () => {
      try {
        stream = await openCamera()
      } catch {
        setMissing(true)
        onMissing()
        return
      }
      if (gone) {
        for (const track of stream.getTracks()) track.stop()
        return
      }
      if (picture.current) picture.current.srcObject = stream
      handle.current = recordingHandle(stream, onEnded)
      onReady()
    }
    void begin()
    return () => {
      gone = true
      handle.current?.stop()
      handle.current = null
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
  }, [handle, onEnded, onMissing, onReady])
  if (missing) {
    return (
      <label className="camera-missing">
        <span className="camera-missing-words">这台设备没有摄像头，可以选一段视频来试用。</span>
        <span className="button button-plain">选一段视频</span>
        <input
          type="file"
          accept="video/*"
          capture="user"
          className="camera-file"
          data-testid="camera-file"
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file) void shotOfFile(file).then((shot) => onEnded(shot, 'whole'))
          }}
        />
      </label>
    )
  }
  return <video ref={picture} className="camera-picture camera-mirror" autoPlay muted playsInline />
}
