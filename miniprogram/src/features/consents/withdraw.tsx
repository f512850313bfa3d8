import { useState } from 'react'
import type { Action } from '@/api/use-action'
import { BigButton } from '@/ui/big-button'
import { Dialog } from '@/ui/dialog'

interface WithdrawProps {
  title: string
  withdraw: Action
  testId: string
}

export function Withdraw({ title, withdraw, testId }: WithdrawProps) {
  const [asking, setAsking] = useState(false)
  const surely = () => {
    setAsking(false)
    void withdraw.run()
  }
  return (
    <>
      <BigButton
        look="plain"
        busy={withdraw.busy}
        onTap={() => setAsking(true)}
        testId={`consent-withdraw-${testId}`}
      >
        撤回同意
      </BigButton>
      {asking ? (
        <Dialog
          title="撤回同意吗？"
          actions={
            <>
              <BigButton testId="withdraw-not" onTap={() => setAsking(false)}>
                不撤回
              </BigButton>
              <BigButton look="danger" testId="withdraw-surely" onTap={surely}>
                撤回
              </BigButton>
            </>
          }
        >
          撤回“{title}”以后，相关的功能就不能用了。以后可以再同意。
        </Dialog>
      ) : null}
    </>
  )
}
