import { Text, View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import { Icon } from './icon'
import './choice.css'

interface ChoiceProps {
  label: string
  hint?: string
  chosen: boolean
  onTap: () => void
  testId?: string
  tone?: 'accent' | 'danger'
}

/** One of several that can be chosen together; where one shuts out the others use a radio. */
export function Choice({ label, hint, chosen, onTap, testId, tone = 'accent' }: ChoiceProps) {
  return (
    <View
      className={`choice press${chosen ? ` choice-${tone}` : ''}`}
      hoverClass="press-down"
      onClick={onTap}
      data-testid={testId}
      {...spoken({ role: 'checkbox', label: label + (hint ? `，${hint}` : ''), checked: chosen })}
    >
      <Icon name={chosen ? 'boxchecked' : 'box'} tone={chosen ? tone : 'held'} />
      <View className="choice-words choice-words-after">
        <Text className="choice-label">{label}</Text>
        {hint ? <Text className="choice-hint">{hint}</Text> : null}
      </View>
    </View>
  )
}
