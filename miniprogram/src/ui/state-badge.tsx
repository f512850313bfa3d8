import { Text, View } from '@tarojs/components'
import { Icon } from './icon'
import type { IconName } from './icon-shapes'
import './state-badge.css'

export type Tone = 'ok' | 'wait' | 'warn' | 'danger' | 'held' | 'accent'
/** A state is never told by its colour alone. */
export interface StateWords {
  word: string
  icon: IconName
  tone: Tone
}

export function StateBadge({ state }: { state: StateWords }) {
  return (
    <View className={`badge badge-${state.tone}`} data-testid="dose-state">
      <Icon name={state.icon} tone={state.tone} size="s" />
      <Text className="badge-word">{state.word}</Text>
    </View>
  )
}
