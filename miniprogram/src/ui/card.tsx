import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import './card.css'

export function Card({
  children,
  title,
  testId,
}: {
  children: ReactNode
  title?: string
  testId?: string
}) {
  return (
    <View className="card" data-testid={testId}>
      {title ? <View className="card-title">{title}</View> : null}
      {children}
    </View>
  )
}
