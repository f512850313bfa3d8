import { View } from '@tarojs/components'
import { BigButton } from '@/ui/big-button'
import { Page } from '@/ui/page'
import './felt-question.css'

interface FeltQuestionProps {
  busy: boolean
  onNothing: () => void
  onSomething: () => void
}

/** One question with two answers of equal weight: neither is in reach before the other is seen. */
export function FeltQuestion({ busy, onNothing, onSomething }: FeltQuestionProps) {
  return (
    <Page>
      <View className="heading">今天有没有不舒服？</View>
      <View className="felt-answers">
        <BigButton look="plain" busy={busy} onTap={onNothing} testId="side-effects-none">
          没有不舒服
        </BigButton>
        <BigButton look="plain" disabled={busy} onTap={onSomething} testId="side-effects-some">
          有不舒服
        </BigButton>
      </View>
      <View className="soft">比如恶心、起疹子、头晕、眼睛发黄、喘不上气。有一点也算。</View>
    </Page>
  )
}
