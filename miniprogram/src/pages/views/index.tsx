import { View } from '@tarojs/components'
import type { RecordView } from '@/api/types'
import { BigButton } from '@/components/big-button'
import { Card } from '@/components/card'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { ProblemNote } from '@/components/problem-note'
import { Empty, Waiting } from '@/components/waiting'
import { fetchViews } from '@/features/account/api'
import { momentWords } from '@/lib/time'
import { usePages } from '@/lib/use-pages'

export default function ViewsPage() {
  const { first, items: views, more, problemOfMore } = usePages(fetchViews)
  return (
    <Page>
      <View className="heading">谁看过我的录像和资料</View>
      {first.loading && !first.data ? <Waiting /> : null}
      <ProblemNote problem={first.problem} onRetry={first.reload} />
      {first.data && views.length === 0 ? (
        <Empty title="还没有人看过" hint="有人看过，就会记在这里。" />
      ) : null}
      {views.length > 0 ? (
        <Card testId="views">
          {views.map((view) => (
            <ViewLine key={view.viewed_at + view.viewer_name + view.what} view={view} />
          ))}
        </Card>
      ) : null}
      <ProblemNote problem={problemOfMore} />
      {more ? (
        <BigButton look="plain" busy={more.busy} onTap={more.run} testId="views-more">
          看更早的
        </BigButton>
      ) : null}
    </Page>
  )
}

function ViewLine({ view }: { view: RecordView }) {
  return (
    <View className="view-line">
      <Icon name="eye" tone="held" />
      <View className="view-words">
        <View className="strong">
          {view.viewer_title} {view.viewer_name}
        </View>
        <View>{view.about ? `${view.what}：${view.about}` : view.what}</View>
        <View className="soft">{momentWords(view.viewed_at)}</View>
      </View>
    </View>
  )
}
