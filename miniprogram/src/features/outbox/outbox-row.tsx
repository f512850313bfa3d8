import { View } from '@tarojs/components'
import { BigButton } from '@/components/big-button'
import { Card } from '@/components/card'
import { Notice } from '@/components/notice'
import { Progress } from '@/components/progress'
import { slotWords } from '@/features/doses/words'
import { open } from '@/lib/navigation'
import { dayWords } from '@/lib/time'
import { isFinal, type OutboxItem } from './items'
import type { Outbox } from './outbox'

const KINDS = { film: '服药视频', 'side-effects': '不舒服的回答', report: '自己报告' } as const
const MANY_ATTEMPTS = 3

export function OutboxRow({ item, outbox }: { item: OutboxItem; outbox: Outbox }) {
  const title = `${dayWords(item.due_on)} ${slotWords[item.slot]} · ${KINDS[item.kind]}`
  return (
    <Card title={title} testId="outbox-item">
      <Standing item={item} outbox={outbox} />
    </Card>
  )
}

function Standing({ item, outbox }: { item: OutboxItem; outbox: Outbox }) {
  const percent = outbox.percentOf(item.id)
  if (percent !== null) return <Progress percent={percent} words="正在发送" />
  if (item.refusal) return <Refused item={item} words={item.refusal.words} outbox={outbox} />
  if (item.kind === 'film' && item.stage === 'draft') {
    return (
      <BigButton onTap={() => open('preview', { item: item.id })}>
        拍好了还没发：看一看再发送
      </BigButton>
    )
  }
  return (
    <View className="soft">
      待发送。
      {item.attempts >= MANY_ATTEMPTS
        ? `试过 ${item.attempts} 次没成功，请到信号好的地方再发。`
        : '有网络就自动发出去。'}
    </View>
  )
}

function Refused({ item, words, outbox }: { item: OutboxItem; words: string; outbox: Outbox }) {
  return (
    <View>
      <Notice tone="danger" testId="refusal">
        {words}
      </Notice>
      {item.refusal?.type === 'consent-required' ? (
        <BigButton onTap={() => open('consents')}>去看同意书</BigButton>
      ) : null}
      {item.refusal && isFinal(item.refusal) ? null : (
        <BigButton look="plain" testId="outbox-revive" onTap={() => outbox.revive(item.id)}>
          再发一次
        </BigButton>
      )}
      <BigButton look="quiet" testId="outbox-discard" onTap={() => void outbox.discard(item.id)}>
        知道了，从手机里删掉
      </BigButton>
    </View>
  )
}
