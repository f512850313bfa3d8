/** The preview's microphone: the browser's own. */
import type { VoiceSource, VoiceTold } from './voice-recorder'

const TYPES = ['audio/mp4', 'audio/webm;codecs=opus', 'audio/webm']
let recorder: MediaRecorder | null = null

async function begin(told: VoiceTold, longestMs: number): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type))
  const mine = new MediaRecorder(stream, mimeType ? { mimeType } : {})
  const contentType = mine.mimeType.split(';')[0] || 'audio/webm'
  const parts: Blob[] = []
  const began = Date.now()
  recorder = mine
  mine.ondataavailable = ({ data }) => {
    if (data.size > 0) parts.push(data)
  }
  mine.onstop = () => {
    for (const track of stream.getTracks()) track.stop()
    const path = URL.createObjectURL(new Blob(parts, { type: contentType }))
    told.ended({ path, contentType, durationMs: Math.min(longestMs, Date.now() - began) })
  }
  mine.onerror = (event) => told.failed((event as unknown as { error?: unknown }).error ?? event)
  mine.start(1000)
  setTimeout(() => {
    if (mine.state === 'recording') mine.stop()
  }, longestMs)
  told.started()
}

export const voiceSource: VoiceSource = {
  start: (told, longestMs) => void begin(told, longestMs).catch(told.failed),
  stop: () => {
    if (recorder?.state === 'recording') recorder.stop()
  },
}
