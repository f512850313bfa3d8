import { Text, View } from '@tarojs/components'
import type { Drug } from '@/api/types'
import { drugLine } from '@/features/doses/words'
import { guideSteps } from './steps'

/** Before the start all five steps; while filming the present one, large. */
export function Guide({ current, drugs }: { current: number | null; drugs: Drug[] }) {
  const pills = drugs.map(drugLine).join('，')
  if (current === null) {
    return (
      <View className="guide">
        {guideSteps.map((step, index) => (
          <View key={step.words} className="guide-step">
            <Text className="guide-number">{index + 1}</Text>
            <Text className="guide-words">{step.words}</Text>
          </View>
        ))}
      </View>
    )
  }
  return (
    <View className="guide" data-testid="guide-step">
      <View className="guide-now">
        第 {current + 1} 步：{guideSteps[current]?.words}
      </View>
      {current === 1 ? <View className="guide-pills">{pills}</View> : null}
      <View className="guide-bars">
        {guideSteps.map((step, index) => (
          <View
            key={step.words}
            className={`guide-bar${index <= current ? ' guide-bar-done' : ''}`}
          />
        ))}
      </View>
    </View>
  )
}
