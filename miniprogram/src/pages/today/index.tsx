import { View } from '@tarojs/components'
import Taro, { useDidShow, usePullDownRefresh } from '@tarojs/taro'
import { useEffect } from 'react'
import { openSession } from '@/api/client'
import { NothingToday } from '@/features/calendar/nothing-today'
import { DayDone } from '@/features/doses/day-done'
import { dosesOf } from '@/features/doses/today-item'
import { fetchVoices } from '@/features/filming/voices'
import { OutboxNote } from '@/features/outbox/outbox-note'
import { TypeQuestion } from '@/features/settings'
import { NewerNote } from '@/features/today/newer-note'

import { TodayCard } from '@/features/today/today-card'
import { useToday } from '@/features/today/use-today'
import { useWatch } from '@/features/today/use-watch'
import { longDayWords } from '@/lib/time'
import { useOutbox } from '@/offline/use-outbox'
import { useSettled } from '@/offline/use-settled'
import { restartAt } from '@/platform/navigation'
import { guarded } from '@/ui/guarded'
import { OldWechatNote } from '@/ui/old-wechat-note'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { StaleNote } from '@/ui/stale-note'
import { TabBar } from '@/ui/tab-bar'
import { Waiting } from '@/ui/waiting'

function TodayPage() {
  const outbox = useOutbox()
  const { view, problem, refresh } = useToday()
  const enter = async () => {
    // Offline there is no session, yet the last known day is worth showing.
    const session = await openSession().catch(() => null)
    if (session && !session.bound) restartAt(session.ended ? 'ended' : 'bind')
    else {
      await refresh()
      // Beforehand: at the camera there may be no signal.
      void fetchVoices()
    }
  }
  useDidShow(() => void enter())
  const ended = problem?.type === 'record-ended'
  useEffect(() => {
    if (ended) restartAt('ended')
  }, [ended])
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
      <OldWechatNote />
      <OutboxNote />
      {view ? <DayDone cards={dosesOf(view.items)} outbox={outbox} /> : null}
      {view?.items.map((item) => (
        <TodayCard
          key={`${item.kind} ${item.ref.id}`}
          item={item}
          today={view.on}
          all={view.items}
        />
      ))}
      {view?.hasUnknown ? <NewerNote /> : null}
      {view && view.items.length === 0 && !view.hasUnknown ? <NothingToday /> : null}
      <TypeQuestion />
      {!view && problem ? <ProblemNote problem={problem} onRetry={() => void enter()} /> : null}
      {!view && !problem ? <Waiting /> : null}
    </Page>
  )
}

export default guarded(TodayPage)
