import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { PaletteContext } from './palette'
import { paletteOf, useTypeSize } from './type-size'

/** The frame of every page: one column, and whatever is for the thumb at the bottom. */
export function Page({
  children,
  footer,
  roomy,
  dark,
}: {
  children: ReactNode
  footer?: ReactNode
  /** The page needs a low screen for itself: there the footer stands at its end. */
  roomy?: boolean
  dark?: boolean
}) {
  const { size } = useTypeSize()
  const name = ['page', `type-${size}`, dark ? 'page-dark' : ''].filter(Boolean).join(' ')
  return (
    <PaletteContext.Provider value={paletteOf(size, dark ?? false)}>
      <View className={name}>
        <View className="page-body">{children}</View>
        {footer ? (
          <View className={`page-footer${roomy ? ' page-footer-last' : ''}`}>{footer}</View>
        ) : null}
      </View>
    </PaletteContext.Provider>
  )
}
