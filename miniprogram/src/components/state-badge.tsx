import { Text, View } from '@tarojs/components'
import type { StateWords } from '@/features/doses/words'
import { Icon } from './icon'

export function StateBadge({ state }: { state: StateWords }) {
  return (
    <View className={`badge badge-${state.tone}`} data-testid="dose-state">
      <Icon name={state.icon} tone={state.tone} size="s" />
      <Text className="badge-word">{state.word}</Text>
    </View>
  )
}
