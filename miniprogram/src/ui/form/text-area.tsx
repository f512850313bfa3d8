import { Textarea, View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import type { Draft } from './use-draft'
import './form.css'

interface TextAreaProps {
  label: string
  draft: Draft
  placeholder?: string
  longest?: number
  testId?: string
}

const NEAR = 20

/** Some sentences; what was written stays until it is sent. */
export function TextArea({ label, draft, placeholder, longest = 500, testId }: TextAreaProps) {
  const left = longest - draft.text.length
  return (
    <View>
      <Textarea
        className="text-area"
        value={draft.text}
        maxlength={longest}
        autoHeight
        {...(placeholder ? { placeholder } : {})}
        onInput={(event) => draft.write(event.detail.value)}
        data-testid={testId}
        {...spoken({ label })}
      />
      {left <= NEAR ? <View className="field-hint">还能写 {Math.max(0, left)} 个字</View> : null}
    </View>
  )
}
