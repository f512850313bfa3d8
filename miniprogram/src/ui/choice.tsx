import { Text, View } from '@tarojs/components'
import { Icon } from './icon'

interface ChoiceProps {
  label: string
  hint?: string
  chosen: boolean
  onTap: () => void
  testId?: string
  tone?: 'accent' | 'danger'
}

export function Choice({ label, hint, chosen, onTap, testId, tone = 'accent' }: ChoiceProps) {
  return (
    <View
      className={`choice${chosen ? ` choice-${tone}` : ''}`}
      onClick={onTap}
      data-testid={testId}
    >
      <Icon name={chosen ? 'boxchecked' : 'box'} tone={chosen ? tone : 'held'} />
      <View className="choice-words">
        <Text className="choice-label">{label}</Text>
        {hint ? <Text className="choice-hint">{hint}</Text> : null}
      </View>
    </View>
  )
}
