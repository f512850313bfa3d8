import { View } from '@tarojs/components'
import type { Recording } from '@/api/types'
import { dayWords, momentWords } from '@/lib/time'
import { Card } from '@/ui/card'
import { Row } from '@/ui/row'
import { VerdictNote, VerdictStill } from './verdict-note'
import { reasonWords, verdictWords } from './words'
import './doses.css'

/** One film of a dose: every verdict it got, and when the film itself goes away. */
export function RecordingCard({ recording }: { recording: Recording }) {
  return (
    <Card title={`${momentWords(recording.captured_at)} 拍的视频`} testId="recording">
      <VerdictNote recording={recording} />
      <VerdictStill recording={recording} />
      {recording.reviews.map((review) => (
        <View key={review.decided_at} className="review" data-testid="review">
          <View className="strong">
            {review.reviewer_name}：{verdictWords[review.verdict]}
            {review.reason ? `（${reasonWords[review.reason].what}）` : ''}
          </View>
          <View className="soft">{momentWords(review.decided_at)}</View>
        </View>
      ))}
      {recording.reviews.length === 0 && !recording.problem ? (
        <View className="soft">
          {recording.uploaded_at ? '等医生看，一般一天以内会看。' : '还没有发完。'}
        </View>
      ) : null}
      <Retention recording={recording} />
    </Card>
  )
}

function Retention({ recording }: { recording: Recording }) {
  if (recording.deleted) return <Row label="视频" value="已经删除" testId="delete-on" />
  if (!recording.delete_on) return null
  return <Row label="视频删除日期" value={dayWords(recording.delete_on)} testId="delete-on" />
}
