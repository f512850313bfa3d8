import { Text, View } from '@tarojs/components'
import Taro, { useDidShow, usePullDownRefresh } from '@tarojs/taro'
import { useState } from 'react'
import { Card } from '@/components/card'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { ProblemNote } from '@/components/problem-note'
import { TabBar } from '@/components/tab-bar'
import { Waiting } from '@/components/waiting'
import { DayCard } from '@/features/calendar/day-card'
import { daysOf } from '@/features/calendar/month'
import { Legend, MonthGrid } from '@/features/calendar/month-grid'
import { RatesCard } from '@/features/calendar/rates-card'
import { useCalendar } from '@/features/calendar/use-calendar'
import { useSettled } from '@/features/outbox/use-settled'
import { addMonths, monthWords } from '@/lib/time'

export default function CalendarPage() {
  const { today, month, setMonth, calendar, adherence, problem, reload } = useCalendar()
  const [chosen, setChosen] = useState(today)
  const day = calendar ? daysOf(calendar).find((one) => one.on === chosen) : undefined
  useDidShow(() => void reload())
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
      <ProblemNote problem={problem} onRetry={reload} />
      {day ? <DayCard day={day} /> : null}
      {calendar ? <RatesCard month={calendar} adherence={adherence} /> : null}
    </Page>
  )
}
