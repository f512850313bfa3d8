import { Text, View } from '@tarojs/components'
import { useEffect } from 'react'
import type { Drug } from '@/api/types'
import { pillWords } from '@/features/doses/words'
import { vibrate } from '@/platform/presence'
import { guideSteps } from './steps'
import './guide.css'

/** Before the start all five steps; while filming the present one, large. */
interface GuideProps {
  current: number | null
  drugs: Drug[]
  withCode: boolean
}

export function Guide({ current, drugs, withCode }: GuideProps) {
  const steps = guideSteps(withCode)
  useEffect(() => {
    if (current !== null) vibrate()
  }, [current])
  const pills = pillWords(drugs)
  if (current === null) {
    return <GuideSteps withCode={withCode} />
  }
  return (
    <View className="guide" data-testid="guide-step">
      <View className="guide-now">
        第 {current + 1} 步：{steps[current]?.words}
      </View>
      {current === 1 ? <View className="guide-pills">{pills}</View> : null}
      <View className="guide-bars">
        {steps.map((step, index) => (
          <View
            key={step.words}
            className={`guide-bar${index <= current ? ' guide-bar-done' : ''}`}
          />
        ))}
      </View>
    </View>
  )
}

export function GuideSteps({ withCode }: { withCode: boolean }) {
  return (
    <View className="guide">
      {guideSteps(withCode).map((step, index) => (
        <View key={step.words} className="guide-step">
          <Text className="guide-number">{index + 1}</Text>
          <Text className="guide-words">{step.words}</Text>
        </View>
      ))}
    </View>
  )
}
