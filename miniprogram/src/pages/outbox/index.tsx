import { OutboxRow } from '@/features/outbox/outbox-row'
import { useOutbox } from '@/offline/use-outbox'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { Empty } from '@/ui/waiting'

export default function OutboxPage() {
  const outbox = useOutbox()
  const items = outbox.all()
  if (items.length === 0 && outbox.unknown === 0) {
    return (
      <Page>
        <Empty title="没有待发送的东西" hint="拍好的视频都已经发给医生，手机里的也删掉了。" />
      </Page>
    )
  }
  return (
    <Page
      footer={
        <BigButton testId="outbox-retry" onTap={() => outbox.sendEverything()}>
          现在就发
        </BigButton>
      }
    >
      {outbox.unknown > 0 ? (
        <Notice tone="danger" testId="outbox-unknown">
          有 {outbox.unknown}{' '}
          项是新版小程序存下的，这一版发不了，也不会丢。请关掉小程序，过一会儿再打开。
        </Notice>
      ) : null}
      {items.map((item) => (
        <OutboxRow key={item.id} item={item} outbox={outbox} />
      ))}
    </Page>
  )
}
