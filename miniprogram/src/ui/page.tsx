import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { useLargeType } from '@/ui/use-large-type'

/** The frame of every page: one column, and whatever is for the thumb at the bottom. */
export function Page({
  children,
  footer,
  dark,
}: {
  children: ReactNode
  footer?: ReactNode
  dark?: boolean
}) {
  const { large } = useLargeType()
  const name = ['page', large ? 'type-large' : '', dark ? 'page-dark' : '']
    .filter(Boolean)
    .join(' ')
  return (
    <View className={name}>
      <View className="page-body">{children}</View>
      {footer ? <View className="page-footer">{footer}</View> : null}
    </View>
  )
}
