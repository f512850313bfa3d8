import { View } from '@tarojs/components'
import Taro, { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import type { CannotFilmReason } from '@/api/types'
import { useAction } from '@/api/use-action'
import { NoCard } from '@/features/doses/no-card'
import { aboutOf, newItem, type ReportItem } from '@/features/doses/offline'
import { useCard } from '@/features/doses/use-card'
import { cannotFilmWords } from '@/features/doses/words'
import { theOutbox } from '@/offline/use-outbox'
import { isoNow } from '@/platform/clock'
import { goBack, paramOf } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { RadioGroup } from '@/ui/radio'

const REASONS = (Object.keys(cannotFilmWords) as CannotFilmReason[]).map((name) => ({
  name,
  words: cannotFilmWords[name],
}))

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
  if (!card) return <NoCard problem={problem} />
  return (
    <Page
      footer={
        <>
          <BigButton disabled={!reason} busy={yes.busy} onTap={yes.run} testId="report-taken">
            药我服了，没有录像
          </BigButton>
          <BigButton
            look="plain"
            disabled={!reason}
            busy={no.busy}
            onTap={no.run}
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
      <Notice tone="accent" icon="pen">
        会记为“自己报告”，不算医生确认。没有网络也不要紧：可以先拍，有网了自动发。
      </Notice>
    </Page>
  )
}
