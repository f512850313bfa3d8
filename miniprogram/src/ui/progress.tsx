import { Text, View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import './progress.css'

export function Progress({ percent, words }: { percent: number; words: string }) {
  return (
    <View
      className="progress"
      {...spoken({ role: 'progressbar', label: `${words} ${percent}%`, now: percent })}
    >
      <View className="progress-track">
        <View className="progress-done" style={{ width: `${percent}%` }} />
      </View>
      <Text className="progress-words" data-testid="upload-progress">
        {words} {percent}%
      </Text>
    </View>
  )
}
