import { Picker, Text, View } from '@tarojs/components'
import { longDayWords } from '@/lib/time'
import { spoken } from '@/platform/spoken'
import { Icon } from '../icon'
import './form.css'

interface DatePickProps {
  label: string
  /** As 2026-03-05; empty while none is chosen. */
  day: string
  first?: string
  last?: string
  onPick: (day: string) => void
  testId?: string
}

/** A day, picked on the phone's own wheel. */
export function DatePick({ label, day, first, last, onPick, testId }: DatePickProps) {
  return (
    <Picker
      mode="date"
      value={day}
      {...(first ? { start: first } : {})}
      {...(last ? { end: last } : {})}
      onChange={(event) => onPick(event.detail.value)}
      data-testid={testId}
    >
      <View
        className="date-pick"
        {...spoken({ role: 'button', label: `${label}，${day ? longDayWords(day) : '还没选'}` })}
      >
        <Text className="date-pick-words">{day ? longDayWords(day) : '点这里选日期'}</Text>
        <Icon name="calendar" tone="accent" />
      </View>
    </Picker>
  )
}
