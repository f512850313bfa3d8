import { Button, type ButtonProps } from '@tarojs/components'
import type { ReactNode } from 'react'
import { underWay } from '@/platform/navigation'
import './big-button.css'

export interface BigButtonProps {
  children: ReactNode
  onTap?: () => void
  look?: 'main' | 'plain' | 'danger' | 'quiet'
  busy?: boolean
  disabled?: boolean
  testId?: string
  openType?: NonNullable<ButtonProps['openType']>
}

export function BigButton({
  children,
  onTap,
  look = 'main',
  busy,
  disabled,
  testId,
  openType,
}: BigButtonProps) {
  const off = Boolean(busy || disabled)
  return (
    <Button
      className={`button press button-${look}${off ? ' button-off' : ''}`}
      hoverClass={off ? 'none' : 'press-down'}
      disabled={off}
      onClick={() => {
        // The second of two quick taps falls on whatever the first has opened.
        if (!off && !underWay()) onTap?.()
      }}
      {...(openType ? { openType } : {})}
      data-testid={testId}
    >
      {busy ? '请稍等…' : children}
    </Button>
  )
}
