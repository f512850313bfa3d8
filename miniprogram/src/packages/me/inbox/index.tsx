import Taro, { usePullDownRefresh } from '@tarojs/taro'
import { NoticeLine } from '@/features/inbox/notice-line'
import { useInbox } from '@/features/inbox/use-inbox'
import { Card } from '@/ui/card'
import { guarded } from '@/ui/guarded'
import { Older } from '@/ui/older'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Empty, Waiting } from '@/ui/waiting'

function InboxPage() {
  const pages = useInbox()
  const { first, items, reload } = pages
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
      <Older of={pages} testId="notices-more" />
    </Page>
  )
}

export default guarded(InboxPage)
