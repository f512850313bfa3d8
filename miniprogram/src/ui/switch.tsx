import { Text, View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import './switch.css'

interface SwitchProps {
  label: string
  hint?: string
  on: boolean
  onTurn: (on: boolean) => void
  testId?: string
}

/** On or off, at once; the word stands beside the knob. */
export function Switch({ label, hint, on, onTurn, testId }: SwitchProps) {
  return (
    <View
      className="switch press"
      hoverClass="press-down"
      onClick={() => onTurn(!on)}
      data-testid={testId}
      {...spoken({ role: 'switch', label: label + (hint ? `，${hint}` : ''), checked: on })}
    >
      <View className="switch-words">
        <Text className="switch-label">{label}</Text>
        {hint ? <Text className="switch-hint">{hint}</Text> : null}
      </View>
      <Text className="switch-state">{on ? '开' : '关'}</Text>
      <View className={`switch-track${on ? ' switch-on' : ''}`}>
        <View className="switch-knob" />
      </View>
    </View>
  )
}
