import { View } from '@tarojs/components'
import type { Item } from '@/offline/items'
import { type Kind, kinds } from '@/offline/kinds'
import type { Outbox } from '@/offline/outbox'
import { open } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Card } from '@/ui/card'
import { Notice } from '@/ui/notice'
import { namesDoctor, refusalWords } from '@/ui/problem-words'
import { Progress } from '@/ui/progress'
import { Discard } from './discard'

const MANY_ATTEMPTS = 3

interface RowProps {
  item: Item
  kind: Kind
  outbox: Outbox
}

export function OutboxRow({ item, outbox }: Omit<RowProps, 'kind'>) {
  const kind = kinds.of(item)
  if (!kind) return null
  return (
    <Card title={kind.title(item)} testId="outbox-item">
      <Standing item={item} kind={kind} outbox={outbox} />
    </Card>
  )
}

function Standing({ item, kind, outbox }: RowProps) {
  const percent = outbox.percentOf(item.id)
  if (percent !== null) {
    return <Progress percent={percent} words="正在发送，请先别离开" />
  }
  if (item.refusal) return <Refused item={item} kind={kind} outbox={outbox} />
  if (item.stage !== 'queued') {
    return <BigButton onTap={() => kind.draft?.open(item)}>{kind.draft?.words}</BigButton>
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

function Refused({ item, kind, outbox }: RowProps) {
  return (
    <View>
      <Notice tone="danger" testId="refusal">
        {refusalWords(item)}
      </Notice>
      <Beside item={item} kind={kind} />
      {item.refusal?.type === 'consent-required' ? (
        <BigButton onTap={() => open('consents')}>去看同意书</BigButton>
      ) : null}
      {item.refusal && kind.isFinal?.(item.refusal) ? null : (
        <BigButton look="plain" testId="outbox-revive" onTap={() => outbox.revive(item.id)}>
          再发一次
        </BigButton>
      )}
      <Discard item={item} kind={kind} discard={() => void outbox.discard(item.id)} />
    </View>
  )
}

/** A refusal that tells to call has the number beside it, and a film the warning as well. */
function Beside({ item, kind }: Omit<RowProps, 'outbox'>) {
  const beside = item.refusal && kind.besideRefusal?.(item, item.refusal)
  if (beside) return beside
  return namesDoctor(refusalWords(item)) ? <CallDoctor look="main" /> : null
}
