import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { spoken } from '@/platform/spoken'
import './dialog.css'

/** A question in the type size that the person reads; WeChat's own is set in seventeen pixels. */
export function Dialog({
  title,
  children,
  actions,
}: {
  title: string
  children?: ReactNode
  actions: ReactNode
}) {
  return (
    <View
      className="dialog-ground"
      data-testid="dialog"
      {...spoken({ role: 'dialog', label: title })}
    >
      <View className="dialog">
        <View className="dialog-title">{title}</View>
        {children ? <View className="dialog-words">{children}</View> : null}
        <View className="dialog-actions">{actions}</View>
      </View>
    </View>
  )
}
