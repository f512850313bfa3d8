import { View } from '@tarojs/components'
import { forgetSession } from '@/api/client'
import { useAction } from '@/api/use-action'
import { closeAccount, fetchExport } from '@/features/account/api'
import { CloseAccount } from '@/features/account/close-account'
import { todayHere } from '@/features/today/memory'
import { confirmPerson, personHere } from '@/offline/person'
import { OUTBOX, theOutbox } from '@/offline/use-outbox'
import { restartAt } from '@/platform/navigation'
import { shareFile, shareHint } from '@/platform/share-file'
import { forgetAllBut } from '@/platform/store'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'

function AccountPage() {
  const take = useAction(async () => {
    const held = await fetchExport()
    await shareFile(`weibu-${todayHere()}.json`, JSON.stringify(held, null, 2))
  })
  const close = useAction(async () => {
    const leaving = await confirmPerson().catch(personHere)
    await closeAccount()
    await theOutbox().clear(leaving)
    forgetAllBut(OUTBOX)
    forgetSession()
    restartAt('bind')
  })
  return (
    <Page>
      <Card title="导出我的资料">
        <View className="paragraph">把我们存着的、关于您的全部资料存成一个文件。{shareHint}</View>
        <BigButton look="plain" busy={take.busy} onTap={take.run} testId="export">
          导出
        </BigButton>
        <ProblemNote problem={take.problem} />
      </Card>
      <CloseAccount close={close} />
    </Page>
  )
}

export default guarded(AccountPage)
