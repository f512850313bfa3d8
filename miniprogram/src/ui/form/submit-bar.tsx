import { View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import { BigButton } from '../big-button'
import './form.css'

interface SubmitBarProps {
  words: string
  /** Why it cannot be sent yet, as 先填收缩压; empty when it can. */
  missing: string
  busy?: boolean
  onSubmit: () => void
  testId?: string
}

/** The last button of a form, which says why it is grey. */
export function SubmitBar({ words, missing, busy, onSubmit, testId }: SubmitBarProps) {
  return (
    <View>
      {missing ? (
        <View className="submit-missing" {...spoken({ role: 'status', live: true })}>
          {missing}
        </View>
      ) : null}
      <BigButton
        disabled={missing !== ''}
        busy={busy ?? false}
        onTap={onSubmit}
        {...(testId ? { testId } : {})}
      >
        {words}
      </BigButton>
    </View>
  )
}
