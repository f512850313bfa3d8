import { Image, View } from '@tarojs/components'
import { useState } from 'react'
import type { RecordingBrief } from '@/api/types'
import { spokenPicture } from '@/platform/spoken'
import { CallDoctor } from '@/ui/call-doctor'
import { Notice } from '@/ui/notice'
import { reasonWords, verdictWords, videoProblemWords } from './words'
import './doses.css'

interface OfRecording {
  recording: RecordingBrief | null
}

const isTold = (recording: RecordingBrief) =>
  !recording.problem && recording.verdict !== null && recording.verdict !== 'observed'

/** Why a film did not count, and how to do better: before the button that asks for another. */
export function VerdictNote({ recording }: OfRecording) {
  if (!recording) return null
  if (recording.problem) {
    return (
      <Notice tone="danger" testId="film-problem">
        {videoProblemWords[recording.problem]}
      </Notice>
    )
  }
  const { verdict, reason } = recording
  if (!verdict || !isTold(recording)) return null
  // "Read what the doctor wrote" only where the doctor wrote something.
  const isWordless = reason === 'other' && !recording.comment
  const said = reason && !isWordless ? reasonWords[reason] : null
  return (
    <View className="verdict" data-testid="verdict-note">
      <Notice tone={verdict === 'rejected' ? 'danger' : 'wait'}>
        <View className="strong">{said ? said.what : verdictWords[verdict]}</View>
        {said ? <View>{said.how}</View> : null}
        {recording.comment ? <View>医生说：{recording.comment}</View> : null}
        {isWordless ? <View>医生没有写原因。请打电话问医生，哪里要改。</View> : null}
      </Notice>
      {isWordless ? <CallDoctor /> : null}
    </View>
  )
}

/** Where the doctor stopped, as high as the picture is: below what is to be read and done. Gone when it cannot be had. */
export function VerdictStill({ recording }: OfRecording) {
  const url = recording?.still_url ?? null
  const [missing, setMissing] = useState<string | null>(null)
  if (!recording || !url || url === missing || !isTold(recording)) return null
  return (
    <View className="verdict">
      <View className="soft">医生看到这里：</View>
      <Image
        className="still"
        src={url}
        mode="widthFix"
        onError={() => setMissing(url)}
        data-testid="still"
        {...spokenPicture('您视频里的一个画面')}
      />
    </View>
  )
}
