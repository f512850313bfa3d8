import { useState } from 'react'
import type { Item } from '@/offline/items'
import type { Kind } from '@/offline/kinds'
import { BigButton } from '@/ui/big-button'
import { Dialog } from '@/ui/dialog'

/** Whether it is the only copy of something that may still reach the doctor. */
function isOnlyCopy({ files, refusal }: Item, kind: Kind): boolean {
  if (files.length === 0 || !refusal || refusal.type === 'file-lost') return false
  return !kind.isFinal?.(refusal)
}

interface DiscardProps {
  item: Item
  kind: Kind
  discard: () => void
}

/** Throws away what was refused; what cannot be made again is asked about first. */
export function Discard({ item, kind, discard }: DiscardProps) {
  const [asking, setAsking] = useState(false)
  const begin = () => (isOnlyCopy(item, kind) ? setAsking(true) : discard())
  return (
    <>
      <BigButton look="quiet" testId="outbox-discard" onTap={begin}>
        知道了，从手机里删掉
      </BigButton>
      {asking ? (
        <Dialog
          title="真的要删掉吗？"
          actions={
            <>
              <BigButton testId="discard-not" onTap={() => setAsking(false)}>
                先留着
              </BigButton>
              <BigButton look="danger" testId="discard-sure" onTap={discard}>
                删掉
              </BigButton>
            </>
          }
        >
          手机里只有这一份。删掉就找不回来，医生也看不到了。
        </Dialog>
      ) : null}
    </>
  )
}
