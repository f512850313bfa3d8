import { Input, View } from '@tarojs/components'
import { useState } from 'react'
import type { Action } from '@/api/use-action'
import { spokenField } from '@/platform/spoken'
import { BigButton } from '@/ui/big-button'
import { Dialog } from '@/ui/dialog'
import { ProblemNote } from '@/ui/problem-note'
import '@/ui/code-input.css'

const WORD = '注销'

/** A quiet way, and a word to type before it: nothing of this can be done by a slip. */
export function CloseAccount({ close }: { close: Action }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <BigButton look="quiet" onTap={() => setAsking(true)} testId="close-account">
        注销账号
      </BigButton>
      {asking ? <Sure close={close} onBack={() => setAsking(false)} /> : null}
    </>
  )
}

function Sure({ close, onBack }: { close: Action; onBack: () => void }) {
  const [typed, setTyped] = useState('')
  return (
    <Dialog
      title="请想好"
      actions={
        <>
          <BigButton testId="close-not" onTap={onBack}>
            不注销
          </BigButton>
          <BigButton
            look="danger"
            disabled={typed.trim() !== WORD}
            busy={close.busy}
            onTap={close.run}
            testId="close-surely"
          >
            注销账号
          </BigButton>
        </>
      }
    >
      <View className="paragraph">
        注销以后，这个微信就看不到您的服药记录了，没发的视频也会删掉。以后想再用，请医生重新给绑定码。
      </View>
      <View className="paragraph">真的要注销，请在下面写“{WORD}”两个字：</View>
      <Input
        className="code-input"
        placeholder="注销"
        onInput={(event) => setTyped(event.detail.value)}
        data-testid="close-word"
        {...spokenField('请输入“注销”两个字')}
      />
      <ProblemNote problem={close.problem} />
    </Dialog>
  )
}
