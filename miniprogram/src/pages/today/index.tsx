import { View } from '@tarojs/components'
import Taro, { useDidShow, usePullDownRefresh } from '@tarojs/taro'
import { openSession } from '@/api/client'
import { Page } from '@/components/page'
import { ProblemNote } from '@/components/problem-note'
import { TabBar } from '@/components/tab-bar'
import { Empty, Waiting } from '@/components/waiting'
import { DoseCardView } from '@/features/doses/dose-card'
import { OutboxNote } from '@/features/outbox/outbox-note'
import { useOutbox } from '@/features/outbox/use-outbox'
import { useSettled } from '@/features/outbox/use-settled'
import { StaleNote } from '@/features/today/stale-note'
import { useToday } from '@/features/today/use-today'
import { useWatch } from '@/features/today/use-watch'
import { restartAt } from '@/lib/navigation'
import { longDayWords } from '@/lib/time'

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
      {view?.doses.map((card) => (
        <DoseCardView key={card.dose_id} card={card} today={view.on} outbox={outbox} />
      ))}
      {view && view.doses.length === 0 ? (
        <Empty title="今天没有要服的药" hint="有新安排时，这里会显示出来。" />
      ) : null}
      {!view && problem ? <ProblemNote problem={problem} onRetry={() => void enter()} /> : null}
      {!view && !problem ? <Waiting /> : null}
    </Page>
  )
}
