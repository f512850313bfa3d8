import { View } from '@tarojs/components'
import Taro, { usePullDownRefresh } from '@tarojs/taro'
import { useState } from 'react'
import { DaySheet } from '@/features/calendar/day-sheet'
import { daysOf } from '@/features/calendar/month'
import { Legend, MonthGrid } from '@/features/calendar/month-grid'
import { MonthHead } from '@/features/calendar/month-head'
import { RatesCard } from '@/features/calendar/rates-card'
import { useCalendar } from '@/features/calendar/use-calendar'
import { useSettled } from '@/offline/use-settled'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { StaleNote } from '@/ui/stale-note'
import { TabBar } from '@/ui/tab-bar'
import { Waiting } from '@/ui/waiting'
import './index.css'
import { guarded } from '@/ui/guarded'

function CalendarPage() {
  const { today, month, setMonth, calendar, adherence, problem, reload } = useCalendar()
  const [chosen, setChosen] = useState<string | null>(null)
  const day = calendar ? daysOf(calendar).find((one) => one.on === chosen) : undefined
  useSettled(() => void reload())
  usePullDownRefresh(() => void reload().then(() => Taro.stopPullDownRefresh()))

  return (
    <Page footer={<TabBar current="calendar" />}>
      <View className="month-wide">
        <Card>
          <MonthHead month={month} present={today.slice(0, 7)} onChoose={setMonth} />
          {calendar ? (
            <>
              <MonthGrid
                month={calendar}
                today={today}
                chosen={chosen ?? today}
                onChoose={setChosen}
              />
              <Legend days={calendar.days} />
            </>
          ) : null}
          {!calendar && !problem ? <Waiting /> : null}
        </Card>
      </View>
      {problem && calendar ? <StaleNote problem={problem} /> : null}
      {problem && !calendar ? <ProblemNote problem={problem} onRetry={reload} /> : null}
      {day ? <DaySheet day={day} onClose={() => setChosen(null)} /> : null}
      {calendar ? <RatesCard month={calendar} adherence={adherence} /> : null}
    </Page>
  )
}

export default guarded(CalendarPage)
