import { Text, View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { DoseActions } from '@/features/doses/dose-actions'
import { DrugList } from '@/features/doses/drug-list'
import { askDose } from '@/features/doses/heard'
import { asKnown, rememberedCard } from '@/features/doses/memory'
import { hourWords } from '@/features/doses/offered'
import { RecordingCard } from '@/features/doses/recording-card'
import { ReportButton } from '@/features/doses/report-button'
import { standingOf } from '@/features/doses/standing'
import { WindowLine } from '@/features/doses/window-line'
import { cannotFilmWords } from '@/features/doses/words'
import { plainName } from '@/lib/plain-name'
import { longDayWords, momentWords } from '@/lib/time'
import { useOutbox } from '@/offline/use-outbox'
import { useResource } from '@/offline/use-resource'
import { useSettled } from '@/offline/use-settled'
import { paramOf } from '@/platform/navigation'
import { Card } from '@/ui/card'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { StateBadge } from '@/ui/state-badge'
import { Waiting } from '@/ui/waiting'

function DosePage() {
  const doseId = paramOf(useRouter().params, 'dose_id')
  const outbox = useOutbox()
  const {
    data: detail,
    problem,
    loading,
    reload,
  } = useResource(`dose:${doseId}`, () => askDose(doseId), { keep: 'none' })
  // A receipt, or an answer to 今日, may have arrived after the one that is shown.
  const card = detail ? asKnown(detail) : rememberedCard(doseId)
  useSettled(() => void reload())
  if (!card) {
    return <Page>{loading ? <Waiting /> : <ProblemNote problem={problem} onRetry={reload} />}</Page>
  }
  const standing = standingOf(card, outbox.all(), outbox.isSending)
  return (
    <Page>
      <View className="heading">
        {longDayWords(card.due_on)} <Text className="whole">{hourWords(card)}</Text>
      </View>
      <ProblemNote problem={problem} onRetry={reload} />
      <Card title={plainName(card.treatment_name)}>
        <StateBadge state={standing} />
        <DrugList drugs={card.drugs} />
        <WindowLine card={card} />
        <ReportButton card={card} standing={standing} />
      </Card>
      {detail?.recordings.map((recording) => (
        <RecordingCard key={recording.recording_id} recording={recording} />
      ))}
      {standing.next === 'none' ? null : (
        <Card>
          <DoseActions card={card} standing={standing} outbox={outbox} />
        </Card>
      )}
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

export default guarded(DosePage)
