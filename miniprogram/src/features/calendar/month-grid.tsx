import { Text, View } from '@tarojs/components'
import { useState } from 'react'
import type { CalendarMonth } from '@/api/types'
import { stateWords } from '@/features/doses/words'
import { dayWords } from '@/lib/time'
import { spoken } from '@/platform/spoken'
import { BigButton } from '@/ui/big-button'
import { Icon } from '@/ui/icon'
import { type CalendarDay, stateOfDay, statesIn, weeksOf } from './month'
import './calendar.css'

const WEEKDAYS = ['一', '二', '三', '四', '五', '六', '日']

interface MonthGridProps {
  month: CalendarMonth
  today: string
  chosen: string
  onChoose: (on: string) => void
}

export function MonthGrid({ month, today, chosen, onChoose }: MonthGridProps) {
  return (
    <View className="month" data-testid="month-grid">
      <View className="week">
        {WEEKDAYS.map((name) => (
          <Text key={name} className="weekday">
            {name}
          </Text>
        ))}
      </View>
      {weeksOf(month).map((week, row) => (
        <View key={week.find(Boolean)?.on ?? row} className="week">
          {week.map((day, column) =>
            day ? (
              <DayCell
                key={day.on}
                day={day}
                isToday={day.on === today}
                isChosen={day.on === chosen}
                onChoose={onChoose}
              />
            ) : (
              <View key={WEEKDAYS[column] ?? column} className="day" />
            ),
          )}
        </View>
      ))}
    </View>
  )
}

interface DayCellProps {
  day: CalendarDay
  isToday: boolean
  isChosen: boolean
  onChoose: (on: string) => void
}

function DayCell({ day, isToday, isChosen, onChoose }: DayCellProps) {
  const state = stateOfDay(day.doses)
  const words = state ? stateWords[state] : null
  const name = ['day', isToday ? 'day-today' : '', isChosen ? 'day-chosen' : '']
    .filter(Boolean)
    .join(' ')
  return (
    <View
      className={name}
      onClick={() => onChoose(day.on)}
      data-testid={`day-${day.on}`}
      data-state={state ?? 'none'}
      {...spoken({
        role: 'button',
        label: `${dayWords(day.on)}，${words?.word ?? '不用服药'}`,
        checked: isChosen,
      })}
    >
      <Text className="day-number">{isToday ? '今' : Number(day.on.slice(8))}</Text>
      {words ? <Icon name={words.icon} tone={words.tone} size="s" /> : <View className="day-gap" />}
    </View>
  )
}

/** What the signs mean, for whoever asks. */
export function Legend({ days }: { days: CalendarDay[] }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <BigButton look="quiet" testId="legend" onTap={() => setOpen(!open)}>
        {open ? '收起' : '这些图是什么意思？'}
      </BigButton>
      {open ? (
        <View className="legend">
          {statesIn(days).map((state) => (
            <View key={state} className="legend-item">
              <Icon name={stateWords[state].icon} tone={stateWords[state].tone} size="s" />
              <Text className="legend-word">{stateWords[state].word}</Text>
            </View>
          ))}
        </View>
      ) : null}
    </>
  )
}
