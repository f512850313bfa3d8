import { View } from '@tarojs/components'
import { useDidShow, useRouter } from '@tarojs/taro'
import { Card } from '@/components/card'
import { Page } from '@/components/page'
import { ProblemNote } from '@/components/problem-note'
import { StateBadge } from '@/components/state-badge'
import { Waiting } from '@/components/waiting'
import { fetchDose } from '@/features/doses/api'
import { DoseActions } from '@/features/doses/dose-actions'
import { DrugList } from '@/features/doses/drug-list'
import { rememberedCard } from '@/features/doses/memory'
import { RecordingCard } from '@/features/doses/recording-card'
import { ReportButton } from '@/features/doses/report-button'
import { standingOf } from '@/features/doses/standing'
import { WindowLine } from '@/features/doses/window-line'
import { cannotFilmWords, slotWords } from '@/features/doses/words'
import { useOutbox } from '@/features/outbox/use-outbox'
import { useSettled } from '@/features/outbox/use-settled'
import { paramOf } from '@/lib/navigation'
import { longDayWords, momentWords } from '@/lib/time'
import { useLoad } from '@/lib/use-load'

export default function DosePage() {
  const doseId = paramOf(useRouter().params, 'dose_id')
  const outbox = useOutbox()
  const { data: detail, problem, loading, reload } = useLoad(() => fetchDose(doseId))
  const card = detail ?? rememberedCard(doseId)
  useDidShow(() => void reload())
  useSettled(() => void reload())
  if (!card) {
    return <Page>{loading ? <Waiting /> : <ProblemNote problem={problem} onRetry={reload} />}</Page>
  }
  const standing = standingOf(card, outbox.all(), outbox.isSending)
  const actions = <DoseActions card={card} standing={standing} outbox={outbox} />
  return (
    <Page footer={standing.next === 'none' ? null : actions}>
      <View className="heading">
        {longDayWords(card.due_on)} {slotWords[card.slot]}
      </View>
      <ProblemNote problem={problem} onRetry={reload} />
      <Card title={card.treatment_name}>
        <StateBadge state={standing} />
        <DrugList drugs={card.drugs} />
        <WindowLine card={card} />
        <ReportButton card={card} standing={standing} />
      </Card>
      {detail?.recordings.map((recording) => (
        <RecordingCard key={recording.recording_id} recording={recording} />
      ))}
      {detail?.reports.map((report) => (
        <Card key={report.reported_at} title="自己报告" testId="self-report">
          <View className="paragraph">
            {report.taken ? '药服了，没有视频' : '没有服药'}
            {report.reason ? `，因为${cannotFilmWords[report.reason]}` : ''}
          </View>
          <View className="soft">{momentWords(report.reported_at)}</View>
        </Card>
      ))}
    </Page>
  )
}
