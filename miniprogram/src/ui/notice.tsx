import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { spoken } from '@/platform/spoken'
import { Icon } from './icon'
import type { IconName } from './icon-shapes'
import './notice.css'

interface NoticeProps {
  children: ReactNode
  tone?: 'wait' | 'danger' | 'ok' | 'accent'
  icon?: IconName
  testId?: string
  onTap?: () => void
}

export function Notice({ children, tone = 'wait', icon = 'stop', testId, onTap }: NoticeProps) {
  return (
    <View
      className={`notice notice-${tone}${onTap ? ' press' : ''}`}
      hoverClass={onTap ? 'press-down' : 'none'}
      {...(onTap ? spoken({ role: 'link' }) : {})}
      data-testid={testId}
      onClick={() => onTap?.()}
    >
      <Icon name={icon} tone={tone} />
      <View className="notice-words">{children}</View>
      {onTap ? <Icon name="next" tone="held" size="s" /> : null}
    </View>
  )
}
