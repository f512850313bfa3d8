import { View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import { conditionsOn, symptomsFor } from '@/features/doses/asked'
import { cardsFrom, loadSymptoms } from '@/features/doses/memory'
import { NoCard } from '@/features/doses/no-card'
import { useCard } from '@/features/doses/use-card'
import { FeltQuestion } from '@/features/filming/felt-question'
import { SymptomList } from '@/features/filming/symptom-list'
import { useSideEffects } from '@/features/filming/use-side-effects'
import { paramOf } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Waiting } from '@/ui/waiting'

export default function SideEffectsPage() {
  const { params } = useRouter()
  const openedAt = paramOf(params, 'opened_at')
  const { card, problem: noCard } = useCard(paramOf(params, 'dose_id'))
  const [felt, setFelt] = useState(paramOf(params, 'felt') !== '')
  const { data, problem, reload } = useLoad(loadSymptoms)
  const [known] = useState(() => cardsFrom(''))
  const symptoms = card && data ? symptomsFor(data, conditionsOn(card, known)) : []
  const answer = useSideEffects({ card, known, symptoms, openedAt })
  const submit = useAction(answer.submit)
  if (!card) return <NoCard problem={noCard} />
  if (!felt) {
    const something = () => setFelt(true)
    return <FeltQuestion busy={submit.busy} onNothing={submit.run} onSomething={something} />
  }
  if (!data) {
    return (
      <Page>
        {problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Waiting />}
        <CallDoctor look="main" />
      </Page>
    )
  }
  const none = answer.chosen.length === 0
  const words = openedAt ? '选好了，去拍' : '选好了，告诉医生'
  return (
    <Page
      footer={
        <>
          <BigButton
            look={answer.severe ? 'danger' : 'main'}
            busy={submit.busy}
            disabled={none}
            onTap={submit.run}
            testId="side-effects-submit"
          >
            {none ? '先点一下哪里不舒服' : answer.severe ? '通知医生，先不服药' : words}
          </BigButton>
          {none ? (
            <BigButton look="quiet" onTap={() => setFelt(false)} testId="side-effects-back">
              点错了，没有不舒服
            </BigButton>
          ) : null}
        </>
      }
    >
      <View className="heading">哪里不舒服？</View>
      <View className="soft">有就点一下，可以点几个。</View>
      <SymptomList symptoms={symptoms} chosen={answer.chosen} onToggle={answer.toggle} />
    </Page>
  )
}
