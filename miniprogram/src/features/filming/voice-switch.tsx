import { Switch } from '@/ui/switch'
import type { GuideVoice } from './use-voice'

/** Shown where there are words to hear. */
export function VoiceSwitch({ voice }: { voice: GuideVoice }) {
  if (!voice.exists) return null
  const hint = voice.doubted
    ? '刚才拍到一半断了，先把声音关掉再拍一次'
    : voice.on
      ? '每到下一步，念给您听'
      : '每到下一步，只震一下'
  return <Switch label="声音" hint={hint} on={voice.on} onTurn={voice.turn} testId="guide-voice" />
}
