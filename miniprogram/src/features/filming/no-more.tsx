import { toTab } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Page } from '@/ui/page'
import { Empty } from '@/ui/waiting'

/** Something has come in for this dose while the camera stood open, as from another phone. */
export function NoMore() {
  return (
    <Page footer={<BigButton onTap={() => toTab('today')}>回到今日</BigButton>}>
      <Empty title="这次先不用拍" hint="这次服药有了新消息。请回到今日看看，先别服药。" />
    </Page>
  )
}
