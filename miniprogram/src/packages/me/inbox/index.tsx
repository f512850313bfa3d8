import Taro, { usePullDownRefresh } from '@tarojs/taro'
import { NoticeLine } from '@/features/inbox/notice-line'
import { useInbox } from '@/features/inbox/use-inbox'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Empty, Waiting } from '@/ui/waiting'

export default function InboxPage() {
  const { first, items, more, problemOfMore, reload } = useInbox()
  usePullDownRefresh(() => void reload().then(() => Taro.stopPullDownRefresh()))
  return (
    <Page>
      {first.loading && !first.data ? <Waiting /> : null}
      <ProblemNote problem={first.problem} onRetry={first.reload} />
      {first.data && items.length === 0 ? (
        <Empty title="还没有消息" hint="医生有话对您说、服药有变动时，这里会告诉您。" />
      ) : null}
      {items.length > 0 ? (
        <Card testId="notices">
          {items.map((notice) => (
            <NoticeLine key={notice.notice_id} notice={notice} />
          ))}
        </Card>
      ) : null}
      <ProblemNote problem={problemOfMore} />
      {more ? (
        <BigButton look="plain" busy={more.busy} onTap={more.run} testId="notices-more">
          看更早的
        </BigButton>
      ) : null}
    </Page>
  )
}
