import { View } from '@tarojs/components'
import Taro, { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import type { CannotFilmReason, DoseCard } from '@/api/types'
import { type Action, useAction } from '@/api/use-action'
import { AskFirst, mustAskFirst } from '@/features/doses/ask-first'
import { NoCard } from '@/features/doses/no-card'
import { aboutOf, newItem, type ReportItem } from '@/features/doses/offline'
import { useCard } from '@/features/doses/use-card'
import { cannotFilmWords } from '@/features/doses/words'
import { theOutbox } from '@/offline/use-outbox'
import { isoNow } from '@/platform/clock'
import { goBack, open, paramOf } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { RadioGroup } from '@/ui/radio'

const REASONS = (Object.keys(cannotFilmWords) as CannotFilmReason[]).map((name) => ({
  name,
  words: cannotFilmWords[name],
}))

/** Who feels unwell is asked what is felt: a severe one has to reach the doctor at once. */
function Unwell({ card }: { card: DoseCard }) {
  return (
    <>
      <Notice tone="danger" testId="unwell-way">
        先说说哪里不舒服，医生马上就能看到。要紧的先别服药。
      </Notice>
      <BigButton
        look="danger"
        testId="to-symptoms"
        onTap={() => open('sideEffects', { dose_id: card.dose_id, felt: '1' })}
      >
        告诉医生哪里不舒服
      </BigButton>
      <CallDoctor />
    </>
  )
}

export default function CannotFilmPage() {
  const { params } = useRouter()
  const { card, problem } = useCard(paramOf(params, 'dose_id'))
  const [reason, setReason] = useState<CannotFilmReason | null>(null)
  const tell = async (taken: boolean) => {
    if (!card || !reason) return
    const body = { taken, reason, note: null, said_at: isoNow() }
    theOutbox().add(newItem<ReportItem>('report', aboutOf(card), body, null))
    void Taro.showToast({ title: '已记下', icon: 'success' })
    goBack()
  }
  const yes = useAction(() => tell(true))
  const no = useAction(() => tell(false))
  const [asking, setAsking] = useState(false)
  const said = (what: Action) => {
    setAsking(false)
    void what.run()
  }
  if (!card) return <NoCard problem={problem} />
  return (
    <Page
      footer={
        <>
          <BigButton disabled={!reason} busy={yes.busy} onTap={yes.run} testId="report-taken">
            药我服了，没有视频
          </BigButton>
          <BigButton
            look="plain"
            disabled={!reason}
            busy={no.busy}
            onTap={() => (card && mustAskFirst(card) ? setAsking(true) : void no.run())}
            testId="report-not-taken"
          >
            今天没有服药
          </BigButton>
        </>
      }
    >
      <View className="heading">为什么不能拍？</View>
      <RadioGroup
        label="为什么不能拍？"
        choices={REASONS}
        chosen={reason}
        onChoose={setReason}
        testId="reason"
      />
      {reason === 'unwell' ? <Unwell card={card} /> : null}
      <Notice tone="accent" icon="pen">
        会记为“自己报告”，不算医生确认。没有网络也不要紧：可以先拍，有网了自动发。
      </Notice>
      {asking ? (
        <AskFirst
          card={card}
          onNotYet={() => said(no)}
          onTaken={() => said(yes)}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Page>
  )
}
