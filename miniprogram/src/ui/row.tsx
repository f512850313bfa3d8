import { Text, View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { spoken } from '@/platform/spoken'
import { Icon } from './icon'
import './row.css'

interface RowProps {
  label: string
  value?: ReactNode
  onTap?: () => void
  testId?: string
}

/** A label with its value, or a way to another page. */
export function Row({ label, value, onTap, testId }: RowProps) {
  return (
    <View
      className={`row${onTap ? ' row-link press' : ''}`}
      hoverClass={onTap ? 'press-down' : 'none'}
      {...(onTap ? spoken({ role: 'link' }) : {})}
      data-testid={testId}
      onClick={() => onTap?.()}
    >
      <Text className="row-label">{label}</Text>
      <View className="row-end">
        <View className="row-value">{value}</View>
        {onTap ? <Icon name="next" tone="held" size="s" /> : null}
      </View>
    </View>
  )
}
