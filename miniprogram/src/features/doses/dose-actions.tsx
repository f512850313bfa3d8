import { View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import { BigButton } from '@/components/big-button'
import { Progress } from '@/components/progress'
import type { Outbox } from '@/features/outbox/outbox'
import { open } from '@/lib/navigation'
import { beginFilming } from './begin-filming'
import type { Standing } from './standing'

/** The one button a dose has at this moment, or how far its sending is. */
export function DoseActions({
  card,
  standing,
  outbox,
}: {
  card: DoseCard
  standing: Standing
  outbox: Outbox
}) {
  const id = standing.itemId ?? ''
  switch (standing.next) {
    case 'film':
    case 'film-again':
      return (
        <BigButton testId="film-start" onTap={() => beginFilming(card, outbox.all())}>
          {standing.next === 'film' ? '开始服药拍摄' : '重新拍摄'}
        </BigButton>
      )
    case 'send-draft':
      return (
        <BigButton testId="draft-open" onTap={() => open('preview', { item: id })}>
          看一看再发送
        </BigButton>
      )
    case 'severe':
      return (
        <BigButton
          look="danger"
          testId="severe-open"
          onTap={() => open('severe', { dose_id: card.dose_id })}
        >
          看看现在怎么办
        </BigButton>
      )
    case 'outbox':
      return (
        <BigButton look="danger" testId="outbox-open" onTap={() => open('outbox')}>
          看看为什么
        </BigButton>
      )
    case 'wait':
      return <Sending outbox={outbox} id={id} />
    case 'none':
      return null
  }
}

function Sending({ outbox, id }: { outbox: Outbox; id: string }) {
  const percent = outbox.percentOf(id)
  if (percent !== null) return <Progress percent={percent} words="正在发送" />
  return (
    <View className="soft" data-testid="kept-on-phone">
      已经存在手机里，有网络就自动发出去，不用再拍。
    </View>
  )
}
