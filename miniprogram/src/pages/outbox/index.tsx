import { BigButton } from '@/components/big-button'
import { Page } from '@/components/page'
import { Empty } from '@/components/waiting'
import { OutboxRow } from '@/features/outbox/outbox-row'
import { useOutbox } from '@/features/outbox/use-outbox'

export default function OutboxPage() {
  const outbox = useOutbox()
  const items = outbox.all()
  if (items.length === 0) {
    return (
      <Page>
        <Empty title="没有待发送的东西" hint="拍好的视频都已经发给医生，手机里的也删掉了。" />
      </Page>
    )
  }
  return (
    <Page
      footer={
        <BigButton testId="outbox-retry" onTap={() => outbox.retryNow()}>
          现在就发
        </BigButton>
      }
    >
      {items.map((item) => (
        <OutboxRow key={item.id} item={item} outbox={outbox} />
      ))}
    </Page>
  )
}
