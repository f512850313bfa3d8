import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh } from '@tarojs/taro'
import { useState } from 'react'
import { DayCard } from '@/features/calendar/day-card'
import { daysOf } from '@/features/calendar/month'
import { Legend, MonthGrid } from '@/features/calendar/month-grid'
import { RatesCard } from '@/features/calendar/rates-card'
import { useCalendar } from '@/features/calendar/use-calendar'
import { addMonths, monthWords } from '@/lib/time'
import { useSettled } from '@/offline/use-settled'
import { Card } from '@/ui/card'
import { Icon } from '@/ui/icon'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { StaleNote } from '@/ui/stale-note'
import { TabBar } from '@/ui/tab-bar'
import { Waiting } from '@/ui/waiting'
import './index.css'

export default function CalendarPage() {
  const { today, month, setMonth, calendar, adherence, problem, reload } = useCalendar()
  const [chosen, setChosen] = useState(today)
  const day = calendar ? daysOf(calendar).find((one) => one.on === chosen) : undefined
  useSettled(() => void reload())
  usePullDownRefresh(() => void reload().then(() => Taro.stopPullDownRefresh()))

  return (
    <Page footer={<TabBar current="calendar" />}>
      <Card>
        <View className="month-head">
          <View
            className="month-turn"
            data-testid="month-before"
            onClick={() => setMonth(addMonths(month, -1))}
          >
            <Icon name="back" tone="accent" />
          </View>
          <Text className="month-name">{monthWords(month)}</Text>
          <View
            className="month-turn"
            data-testid="month-after"
            onClick={() => setMonth(addMonths(month, 1))}
          >
            <Icon name="next" tone="accent" />
          </View>
        </View>
        {calendar ? (
          <>
            <MonthGrid month={calendar} today={today} chosen={chosen} onChoose={setChosen} />
            <Legend days={calendar.days} />
          </>
        ) : null}
        {!calendar && !problem ? <Waiting /> : null}
      </Card>
      {problem && calendar ? <StaleNote problem={problem} /> : null}
      {problem && !calendar ? <ProblemNote problem={problem} onRetry={reload} /> : null}
      {day ? <DayCard day={day} /> : null}
      {calendar ? <RatesCard month={calendar} adherence={adherence} /> : null}
    </Page>
  )
}
