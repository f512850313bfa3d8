import { Text, View } from '@tarojs/components'
import { hourWords } from '@/features/doses'
import { drugLine, stateWords } from '@/features/doses/words'
import { longDayWords } from '@/lib/time'
import { open } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Dialog } from '@/ui/dialog'
import { Icon } from '@/ui/icon'
import { StateBadge } from '@/ui/state-badge'
import type { CalendarDay } from './month'
import './calendar.css'

/** The day that was tapped, over the lower half of the month: nothing to scroll for. */
export function DaySheet({ day, onClose }: { day: CalendarDay; onClose: () => void }) {
  return (
    <Dialog
      title={longDayWords(day.on)}
      actions={
        <BigButton look="plain" testId="day-close" onTap={onClose}>
          关闭
        </BigButton>
      }
    >
      {day.doses.length === 0 ? <View className="soft">这一天不用服药。</View> : null}
      {day.doses.map((dose) => (
        <View
          key={dose.dose_id}
          className="day-dose"
          data-testid={`day-dose-${dose.slot}`}
          onClick={() => {
            onClose()
            open('dose', { dose_id: dose.dose_id })
          }}
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
    </Dialog>
  )
}
