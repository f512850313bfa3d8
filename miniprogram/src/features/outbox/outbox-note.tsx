import { Notice } from '@/components/notice'
import { open } from '@/lib/navigation'
import { isSendable } from './items'
import { useOutbox } from './use-outbox'

/** Says that something still waits on the phone, and leads to the list. */
export function OutboxNote() {
  const outbox = useOutbox()
  const items = outbox.all()
  const refused = items.filter((item) => item.refusal).length
  const waiting = items.filter((item) => isSendable(item) && !outbox.isSending(item.id)).length
  if (refused > 0) {
    return (
      <Notice tone="danger" testId="outbox-note" onTap={() => open('outbox')}>
        有 {refused} 项没发出去，点这里看怎么办。
      </Notice>
    )
  }
  if (waiting === 0) return null
  return (
    <Notice tone="wait" icon="send" testId="outbox-note" onTap={() => open('outbox')}>
      待发送 {waiting} 项。有网络就自动发出去，点这里查看。
    </Notice>
  )
}
