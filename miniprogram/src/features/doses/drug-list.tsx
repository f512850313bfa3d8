import { Text, View } from '@tarojs/components'
import type { Drug } from '@/api/types'
import { plainNames } from '@/lib/plain-name'
import { strengthWords, tabletWords } from './words'
import './doses.css'

export function DrugList({ drugs }: { drugs: Drug[] }) {
  const names = plainNames(drugs.map(({ name }) => name))
  return (
    <View className="drugs">
      {drugs.map((drug, n) => (
        <View key={`${drug.name} ${drug.strength}`} className="drug">
          <View className="drug-name">
            {names[n]}
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
