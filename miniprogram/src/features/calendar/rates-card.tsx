import { Text, View } from '@tarojs/components'
import type { Rates } from '@/api/types'
import { Card } from '@/components/card'
import { rateLines } from './rates'

export function RatesCard({ title, rates }: { title: string; rates: Rates }) {
  return (
    <Card title={title} testId="rates">
      {rates.closed === 0 ? (
        <View className="soft">还没有到期的服药，过几天再来看。</View>
      ) : (
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
                <View
                  className={`rate-done rate-${line.tone}`}
                  style={{ width: `${line.percent}%` }}
                />
              </View>
              <View className="soft">{line.hint}</View>
            </View>
          ))}
        </>
      )}
    </Card>
  )
}
