import { View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { spoken } from '@/platform/spoken'
import { Icon } from '../icon'
import './form.css'

interface FieldProps {
  label: string
  hint?: string
  /** Empty while nothing is wrong. */
  error?: string
  children: ReactNode
}

/** A question with its answer below, then what helps and what is wrong. */
export function Field({ label, hint, error, children }: FieldProps) {
  return (
    <View className="field">
      <View className="field-label">{label}</View>
      {children}
      {hint ? <View className="field-hint">{hint}</View> : null}
      {error ? (
        <View className="field-error" {...spoken({ role: 'alert' })}>
          <Icon name="stop" tone="danger" size="s" />
          <View className="field-error-words">{error}</View>
        </View>
      ) : null}
    </View>
  )
}
