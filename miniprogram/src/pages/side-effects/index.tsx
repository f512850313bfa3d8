import { View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import { loadSymptoms } from '@/features/doses/memory'
import { NoCard } from '@/features/doses/no-card'
import { useCard } from '@/features/doses/use-card'
import { SymptomList } from '@/features/filming/symptom-list'
import { useSideEffects } from '@/features/filming/use-side-effects'
import { paramOf } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Waiting } from '@/ui/waiting'

export default function SideEffectsPage() {
  const { params } = useRouter()
  const { card, problem: noCard } = useCard(paramOf(params, 'dose_id'))
  const { data: symptoms, problem, reload } = useLoad(loadSymptoms)
  const answer = useSideEffects(card, symptoms ?? [], paramOf(params, 'opened_at'))
  const submit = useAction(answer.submit)
  if (!card) return <NoCard problem={noCard} />
  if (!symptoms) {
    return <Page>{problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Waiting />}</Page>
  }
  const none = answer.chosen.length === 0
  return (
    <Page
      footer={
        <BigButton
          look={answer.severe ? 'danger' : 'main'}
          busy={submit.busy}
          onTap={submit.run}
          testId={none ? 'side-effects-none' : 'side-effects-submit'}
        >
          {none ? '都没有，去拍' : answer.severe ? '通知医生，先不服药' : '选好了，去拍'}
        </BigButton>
      }
    >
      <View className="heading">今天有没有不舒服？</View>
      <View className="soft">有就点一下，可以点几个。</View>
      <SymptomList symptoms={symptoms} chosen={answer.chosen} onToggle={answer.toggle} />
    </Page>
  )
}
