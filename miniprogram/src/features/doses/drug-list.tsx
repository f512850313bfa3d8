import { Text, View } from '@tarojs/components'
import type { Drug } from '@/api/types'
import { plainName } from '@/lib/plain-name'
import { strengthWords, tabletWords } from './words'
import './doses.css'

export function DrugList({ drugs }: { drugs: Drug[] }) {
  return (
    <View className="drugs">
      {drugs.map((drug) => (
        <View key={`${drug.name} ${drug.strength}`} className="drug">
          <View className="drug-name">
            {plainName(drug.name)}
            {drug.strength ? (
              <Text className="drug-strength">{strengthWords(drug.strength)}</Text>
            ) : null}
          </View>
          <Text className="drug-tablets">{tabletWords(drug.tablets)}</Text>
        </View>
      ))}
    </View>
  )
}
