/** The microphone as WeChat gives it: one for the whole app, which tells whoever started it last. */
import Taro from '@tarojs/taro'
import type { VoiceSource, VoiceTold } from './voice-recorder'

/** Speech, and playable wherever a doctor listens: half a megabyte a minute at most. */
const HOW = { sampleRate: 16000, numberOfChannels: 1, encodeBitRate: 48000, format: 'mp3' } as const

let told: VoiceTold | null = null
let heard: Taro.RecorderManager | null = null

function manager(): Taro.RecorderManager {
  if (heard) return heard
  heard = Taro.getRecorderManager()
  heard.onStart(() => told?.started())
  heard.onStop(({ tempFilePath, duration }) => {
    const voice = { path: tempFilePath, contentType: 'audio/mpeg', durationMs: duration }
    told?.ended(voice)
  })
  heard.onError((error) => told?.failed(error))
  heard.onInterruptionBegin(() => told?.interrupted())
  return heard
}

export const voiceSource: VoiceSource = {
  start: (to, longestMs) => {
    told = to
    manager().start({ ...HOW, duration: longestMs } as Taro.RecorderManager.StartOption)
  },
  stop: () => manager().stop(),
}
