import { isSendable } from '@/offline/items'
import { useOutbox } from '@/offline/use-outbox'
import { open } from '@/platform/navigation'
import { Notice } from '@/ui/notice'

/** Says that something still waits on the phone, and leads to the list. */
export function OutboxNote() {
  const outbox = useOutbox()
  const items = outbox.all()
  const refused = items.filter((item) => item.refusal).length
  const drafts = items.filter((item) => item.stage !== 'queued').length
  const waiting = items.filter((item) => isSendable(item) && !outbox.isSending(item.id)).length
  const seeList = () => open('outbox')
  if (refused > 0) {
    return (
      <Notice tone="danger" testId="outbox-note" onTap={seeList}>
        有 {refused} 项没发出去，点这里看怎么办。
      </Notice>
    )
  }
  if (drafts > 0) {
    return (
      <Notice tone="danger" icon="film" testId="outbox-note" onTap={seeList}>
        有 {drafts} 段拍好的还没发给医生，点这里发出去。
      </Notice>
    )
  }
  if (outbox.unknown > 0) {
    return (
      <Notice tone="danger" testId="outbox-note" onTap={seeList}>
        有 {outbox.unknown} 项要更新小程序才能发出去。请关掉小程序，过一会儿再打开。
      </Notice>
    )
  }
  if (waiting === 0) return null
  return (
    <Notice tone="wait" icon="send" testId="outbox-note" onTap={seeList}>
      待发送 {waiting} 项。有网络就自动发出去，点这里查看。
    </Notice>
  )
}
