import { View } from '@tarojs/components'
import './waiting.css'

export function Waiting({ words = '正在读取…' }: { words?: string }) {
  return <View className="waiting">{words}</View>
}

/** Nothing to list: say so, and why that is all right. */
export function Empty({ title, hint }: { title: string; hint?: string }) {
  return (
    <View className="empty" data-testid="empty">
      <View className="empty-title">{title}</View>
      {hint ? <View className="empty-hint">{hint}</View> : null}
    </View>
  )
}
