import { View } from '@tarojs/components'
import Taro, { useDidShow, usePullDownRefresh } from '@tarojs/taro'
import { openSession } from '@/api/client'
import { OutboxNote } from '@/features/outbox/outbox-note'
import { TypeQuestion } from '@/features/settings'
import { NewerNote } from '@/features/today/newer-note'
import { StaleNote } from '@/features/today/stale-note'
import { TodayCard } from '@/features/today/today-card'
import { useToday } from '@/features/today/use-today'
import { useWatch } from '@/features/today/use-watch'
import { longDayWords } from '@/lib/time'
import { useOutbox } from '@/offline/use-outbox'
import { useSettled } from '@/offline/use-settled'
import { restartAt } from '@/platform/navigation'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { TabBar } from '@/ui/tab-bar'
import { Empty, Waiting } from '@/ui/waiting'

export default function TodayPage() {
  const outbox = useOutbox()
  const { view, problem, refresh } = useToday()
  const enter = async () => {
    // Offline there is no session, yet the last known day is worth showing.
    const session = await openSession().catch(() => null)
    if (session && !session.bound) restartAt('bind')
    else await refresh()
  }
  useDidShow(() => void enter())
  useSettled(() => void refresh())
  useWatch(view, refresh)
  usePullDownRefresh(() => {
    outbox.retryNow()
    void enter().then(() => Taro.stopPullDownRefresh())
  })

  return (
    <Page footer={<TabBar current="today" />}>
      {view ? <View className="heading">{longDayWords(view.on)}</View> : null}
      {problem && view ? <StaleNote problem={problem} /> : null}
      <OutboxNote />
      <TypeQuestion />
      {view?.items.map((item) => (
        <TodayCard key={`${item.kind} ${item.ref.id}`} item={item} today={view.on} />
      ))}
      {view?.hasUnknown ? <NewerNote /> : null}
      {view && view.items.length === 0 && !view.hasUnknown ? (
        <Empty title="今天没有要做的事" hint="有新安排时，这里会显示出来。" />
      ) : null}
      {!view && problem ? <ProblemNote problem={problem} onRetry={() => void enter()} /> : null}
      {!view && !problem ? <Waiting /> : null}
    </Page>
  )
}
