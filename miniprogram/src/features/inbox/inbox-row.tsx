import { Text } from '@tarojs/components'
import { useResource } from '@/offline/use-resource'
import { open } from '@/platform/navigation'
import { Row } from '@/ui/row'
import { fetchUnread } from './api'
import { unreadWords } from './words'
import './inbox.css'

/** The way to the inbox, with the number of unread notices; without signal only the way. */
export function InboxRow() {
  const { data: unread } = useResource('unread', fetchUnread, { keep: 'swr' })
  const badge = unread ? (
    <Text className="count" data-testid="inbox-unread">
      {unreadWords(unread)}
    </Text>
  ) : null
  return <Row label="消息" value={badge} onTap={() => open('inbox')} testId="mine-inbox" />
}
