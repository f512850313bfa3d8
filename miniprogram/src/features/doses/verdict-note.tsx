import { Image, View } from '@tarojs/components'
import type { RecordingBrief } from '@/api/types'
import { Notice } from '@/ui/notice'
import { reasonWords, verdictWords, videoProblemWords } from './words'
import './doses.css'

/** Why a film did not count, with the still the doctor stopped at, and how to do better. */
export function VerdictNote({ recording }: { recording: RecordingBrief | null }) {
  if (!recording) return null
  if (recording.problem) {
    return (
      <Notice tone="danger" testId="film-problem">
        {videoProblemWords[recording.problem]}
      </Notice>
    )
  }
  const { verdict, reason } = recording
  if (!verdict || verdict === 'observed') return null
  return (
    <View className="verdict" data-testid="verdict-note">
      {recording.still_url ? (
        <Image className="still" src={recording.still_url} mode="aspectFit" data-testid="still" />
      ) : null}
      <Notice tone={verdict === 'rejected' ? 'danger' : 'wait'}>
        <View className="strong">{reason ? reasonWords[reason].what : verdictWords[verdict]}</View>
        {reason ? <View>{reasonWords[reason].how}</View> : null}
        {recording.comment ? <View>医生说：{recording.comment}</View> : null}
      </Notice>
    </View>
  )
}
