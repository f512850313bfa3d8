import { Text } from '@tarojs/components'
import { useOutbox } from '@/offline/use-outbox'
import { open } from '@/platform/navigation'
import { Row } from '@/ui/row'

/** The way to what waits, with how much it is. */
export function OutboxCount() {
  const outbox = useOutbox()
  const waiting = outbox.all().length + outbox.unknown
  const badge = waiting ? (
    <Text className="count" data-testid="outbox-count">
      {waiting}
    </Text>
  ) : null
  return <Row label="待发送" value={badge} onTap={() => open('outbox')} testId="mine-outbox" />
}
