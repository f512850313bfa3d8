import { Text, View } from '@tarojs/components'

export function Progress({ percent, words }: { percent: number; words: string }) {
  return (
    <View className="progress">
      <View className="progress-track">
        <View className="progress-done" style={{ width: `${percent}%` }} />
      </View>
      <Text className="progress-words" data-testid="upload-progress">
        {words} {percent}%
      </Text>
    </View>
  )
}
