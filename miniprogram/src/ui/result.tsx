import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { spoken } from '@/platform/spoken'
import { BigButton } from './big-button'
import { Icon, type IconTone } from './icon'
import type { IconName } from './icon-shapes'
import './result.css'

interface ResultProps {
  title: string
  /** One sentence. */
  children?: ReactNode
  icon?: IconName
  tone?: IconTone
  /** The one button. */
  action?: { words: string; onTap: () => void; testId?: string }
  testId?: string
}

/** How something ended: a big sign, what it is, one sentence, one button. */
export function Result({
  title,
  children,
  icon = 'check',
  tone = 'ok',
  action,
  testId,
}: ResultProps) {
  return (
    <View className="result" data-testid={testId}>
      <Icon name={icon} tone={tone} size="xl" />
      <View className="result-title" {...spoken({ role: 'status', live: true })}>
        {title}
      </View>
      {children ? <View className="result-words">{children}</View> : null}
      {action ? (
        <BigButton onTap={action.onTap} {...(action.testId ? { testId: action.testId } : {})}>
          {action.words}
        </BigButton>
      ) : null}
    </View>
  )
}
