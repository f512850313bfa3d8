import { View } from '@tarojs/components'
import { usePages } from '@/api/use-pages'
import { fetchViews } from '@/features/account/api'
import { deedWords, gatherViews, type ViewsOfDay } from '@/features/account/views'
import { longDayWords } from '@/lib/time'
import { Card } from '@/ui/card'
import { Icon } from '@/ui/icon'
import { Older } from '@/ui/older'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Empty, Waiting } from '@/ui/waiting'
import '@/ui/lines.css'
import { guarded } from '@/ui/guarded'

function ViewsPage() {
  const pages = usePages(fetchViews)
  const { first, items: views } = pages
  return (
    <Page>
      <View className="heading">谁看过我的信息</View>
      {first.loading && !first.data ? <Waiting /> : null}
      <ProblemNote problem={first.problem} onRetry={first.reload} />
      {first.data && views.length === 0 ? (
        <Empty title="还没有人看过" hint="有人看过，就会记在这里。" />
      ) : null}
      {views.length > 0 ? (
        <Card testId="views">
          {gatherViews(views).map((group) => (
            <ViewLine key={group.key} group={group} />
          ))}
        </Card>
      ) : null}
      <Older of={pages} testId="views-more" />
    </Page>
  )
}

function ViewLine({ group }: { group: ViewsOfDay }) {
  return (
    <View className="view-line" data-testid="view-line">
      <Icon name="eye" tone="held" />
      <View className="view-words">
        <View className="soft">{longDayWords(group.on)}</View>
        <View className="strong">{group.viewer}</View>
        {group.deeds.map((deed) => (
          <View key={deed.words}>{deedWords(deed)}</View>
        ))}
      </View>
    </View>
  )
}

export default guarded(ViewsPage)
