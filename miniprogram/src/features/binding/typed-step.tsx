import { View } from '@tarojs/components'
import { useState } from 'react'
import type { BindingPreview } from '@/api/types'
import { useAction } from '@/api/use-action'
import { canScan } from '@/platform/scan'
import { BigButton } from '@/ui/big-button'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { type BindingCode, lookUp } from './api'
import { DigitCells, DigitPad } from './digit-pad'

const CODE = 8
const TAIL = 4

interface TypedStepProps {
  onFound: (code: BindingCode, preview: BindingPreview) => void
  onBack: () => void
}

/** The eight digits of the sheet, then the end of the phone that is on record. */
export function TypedStep({ onFound, onBack }: TypedStepProps) {
  const [typed, setTyped] = useState('')
  const code = { code: typed.slice(0, CODE), phone_tail: typed.slice(CODE) }
  const find = useAction(async () => onFound(code, await lookUp(code)))
  const whole = typed.length === CODE + TAIL
  return (
    <Page
      roomy
      footer={
        <>
          <BigButton testId="bind-submit" busy={find.busy} disabled={!whole} onTap={find.run}>
            {whole ? '下一步' : typed.length < CODE ? '先输入八个数字' : '再输入手机号最后四位'}
          </BigButton>
          <BigButton look="quiet" testId="bind-back" onTap={onBack}>
            {canScan ? '不输了，去扫码' : '返回'}
          </BigButton>
        </>
      }
    >
      <ProblemNote problem={find.problem} />
      <DigitCells
        label="医生给的八个数字"
        digits={code.code}
        length={CODE}
        active={typed.length < CODE}
        testId="bind-digits"
      />
      <DigitCells
        label="手机号最后四位（医院登记的那个）"
        digits={code.phone_tail}
        length={TAIL}
        active={typed.length >= CODE}
        testId="bind-tail"
      />
      <DigitPad
        onDigit={(digit) => setTyped((now) => (now + digit).slice(0, CODE + TAIL))}
        onBack={() => setTyped((now) => now.slice(0, -1))}
      />
      <View className="soft">没有自己的手机，就输家里登记的联系人的；孩子输监护人的。</View>
    </Page>
  )
}
