import { Text, View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import { windowWords } from '@/lib/time'

export function WindowLine({ card }: { card: DoseCard }) {
  return (
    <View className="soft">
      <Text className="whole">可以拍的时间：</Text>
      <Text className="whole">{windowWords(card.opens_at, card.closes_at)}</Text>
    </View>
  )
}
