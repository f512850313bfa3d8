import { Text, View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import './digit-pad.css'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', '删'] as const

interface DigitPadProps {
  onDigit: (digit: string) => void
  onBack: () => void
}

/** Large keys of our own: a field that is formatted while one types loses letters on some phones. */
export function DigitPad({ onDigit, onBack }: DigitPadProps) {
  return (
    <View className="pad">
      {KEYS.map((key) => {
        if (!key) return <View key="gap" className="pad-key pad-gap" />
        const isBack = key === '删'
        return (
          <View
            key={key}
            className="pad-key press"
            hoverClass="press-down"
            data-testid={isBack ? 'pad-back' : `pad-${key}`}
            onClick={() => (isBack ? onBack() : onDigit(key))}
            {...spoken({ role: 'button', label: isBack ? '删掉一个' : key })}
          >
            {key}
          </View>
        )
      })}
    </View>
  )
}

interface DigitCellsProps {
  label: string
  digits: string
  length: number
  /** The next digit goes here. */
  active: boolean
  testId: string
}

export function DigitCells({ label, digits, length, active, testId }: DigitCellsProps) {
  const cells = Array.from({ length }, (_, place) => digits[place] ?? '')
  return (
    <View
      className="digits"
      {...spoken({ role: 'group', label: `${label}：${digits || '还没有输入'}` })}
    >
      <View className="digits-label">{label}</View>
      <View className="digit-cells" data-testid={testId}>
        {cells.map((digit, place) => {
          const next = active && place === digits.length
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
            <Text key={place} className={`digit-cell${next ? ' digit-next' : ''}`}>
              {digit}
            </Text>
          )
        })}
      </View>
    </View>
  )
}
