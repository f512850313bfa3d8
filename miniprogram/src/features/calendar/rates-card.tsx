import { Text, View } from '@tarojs/components'
import { useState } from 'react'
import type { Rates } from '@/api/types'
import { Card } from '@/components/card'
import { Segments } from '@/components/segments'
import { rateLines } from './rates'

const SPANS = [
  { name: 'month', word: '这个月' },
  { name: 'days', word: '近 30 天' },
  { name: 'course', word: '全程' },
] as const
type Span = (typeof SPANS)[number]['name']

/** The same four rates over three spans of time, one at a time. */
export function RatesCard({ rates }: { rates: Record<Span, Rates | null> }) {
  const [span, setSpan] = useState<Span>('month')
  const shown = rates[span]
  return (
    <Card title="服药情况" testId="rates">
      <Segments choices={SPANS} chosen={span} onChoose={setSpan} />
      {shown ? (
        <RateList rates={shown} />
      ) : (
        <View className="soft">还没有读到，请往下拉一拉。</View>
      )}
    </Card>
  )
}

function RateList({ rates }: { rates: Rates }) {
  if (rates.closed === 0) {
    return <View className="paragraph">还没有到期的服药，过几天再来看。</View>
  }
  return (
    <>
      <View className="paragraph">到现在应该服药 {rates.closed} 次。</View>
      {rateLines(rates).map((line) => (
        <View key={line.name} className="rate" data-testid={`rate-${line.name}`}>
          <View className="rate-head">
            <Text className="rate-title">{line.title}</Text>
            <Text className="rate-figure">
              {line.count} 次 · {line.percent}%
            </Text>
          </View>
          <View className="rate-track">
            <View className={`rate-done rate-${line.tone}`} style={{ width: `${line.percent}%` }} />
          </View>
          <View className="soft">{line.hint}</View>
        </View>
      ))}
    </>
  )
}
