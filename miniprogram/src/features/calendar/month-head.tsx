import { Text, View } from '@tarojs/components'
import { addMonths, monthWords } from '@/lib/time'
import { spoken } from '@/platform/spoken'
import { Icon } from '@/ui/icon'

/** As far as doses are laid out: beyond it every month is empty. */
const AHEAD = 2

interface MonthHeadProps {
  month: string
  /** The month that it is now. */
  present: string
  onChoose: (month: string) => void
}

export function MonthHead({ month, present, onChoose }: MonthHeadProps) {
  const isLast = month >= addMonths(present, AHEAD)
  return (
    <View className="month-head">
      <View
        className="month-turn press"
        hoverClass="press-down"
        data-testid="month-before"
        onClick={() => onChoose(addMonths(month, -1))}
        {...spoken({ role: 'button', label: '上个月' })}
      >
        <Icon name="back" tone="accent" />
      </View>
      <Text className="month-name">{monthWords(month)}</Text>
      {isLast ? (
        <View className="month-turn" />
      ) : (
        <View
          className="month-turn press"
          hoverClass="press-down"
          data-testid="month-after"
          onClick={() => onChoose(addMonths(month, 1))}
          {...spoken({ role: 'button', label: '下个月' })}
        >
          <Icon name="next" tone="accent" />
        </View>
      )}
    </View>
  )
}
