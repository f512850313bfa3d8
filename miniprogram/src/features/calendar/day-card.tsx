import { Text, View } from '@tarojs/components'
import { hourWords } from '@/features/doses'
import { drugLine, stateWords } from '@/features/doses/words'
import { longDayWords } from '@/lib/time'
import { open } from '@/platform/navigation'
import { Card } from '@/ui/card'
import { Icon } from '@/ui/icon'
import { StateBadge } from '@/ui/state-badge'
import type { CalendarDay } from './month'
import './calendar.css'

export function DayCard({ day }: { day: CalendarDay }) {
  return (
    <Card title={longDayWords(day.on)} testId="day-card">
      {day.doses.length === 0 ? <View className="soft">这一天不用服药。</View> : null}
      {day.doses.map((dose) => (
        <View
          key={dose.dose_id}
          className="day-dose"
          data-testid={`day-dose-${dose.slot}`}
          onClick={() => open('dose', { dose_id: dose.dose_id })}
        >
          <View className="day-dose-words">
            <View className="day-dose-head">
              <Text className="strong">{hourWords(dose)}</Text>
              <StateBadge state={stateWords[dose.state]} />
            </View>
            <View className="soft">{dose.drugs.map(drugLine).join('，')}</View>
          </View>
          <Icon name="next" tone="held" size="s" />
        </View>
      ))}
    </Card>
  )
}
