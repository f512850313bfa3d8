import { useOutbox } from '@/offline/use-outbox'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { refusalWords } from '@/ui/problem-words'

/** Whether the doctor knows already; the report left the outbox when the server has it. */
export function DoctorTold({ itemId }: { itemId: string }) {
  const outbox = useOutbox()
  const item = outbox.find(itemId)
  if (!item) {
    return (
      <Notice tone="ok" icon="check" testId="doctor-told">
        已通知医生。医生会尽快联系您，请留意电话。
      </Notice>
    )
  }
  if (item.refusal) {
    return (
      <Notice tone="danger" testId="doctor-not-told">
        没能通知医生：{refusalWords(item)} 请马上打电话给医生。
      </Notice>
    )
  }
  if (outbox.isSending(itemId)) return <Notice icon="send">正在通知医生…</Notice>
  return (
    <>
      <Notice tone="danger" icon="nosignal" testId="doctor-not-told">
        还没能通知到医生，有网络会自动再试。请先打电话给医生。
      </Notice>
      <BigButton look="plain" testId="tell-again" onTap={() => outbox.retryNow()}>
        再通知一次
      </BigButton>
    </>
  )
}
