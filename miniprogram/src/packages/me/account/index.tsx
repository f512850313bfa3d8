import { View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { forgetSession } from '@/api/client'
import { useAction } from '@/api/use-action'
import { closeAccount, fetchExport } from '@/features/account/api'
import { todayHere } from '@/features/today/memory'
import { confirmPerson, personHere } from '@/offline/person'
import { OUTBOX, theOutbox } from '@/offline/use-outbox'
import { restartAt } from '@/platform/navigation'
import { shareFile, shareHint } from '@/platform/share-file'
import { forgetAllBut } from '@/platform/store'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { palettes } from '@/ui/tokens.gen'

const sure = (content: string, confirmText: string) =>
  Taro.showModal({
    title: '请想好',
    content,
    confirmText,
    cancelText: '不注销',
    confirmColor: palettes.light.danger,
  })

export default function AccountPage() {
  const take = useAction(async () => {
    const held = await fetchExport()
    await shareFile(`weibu-${todayHere()}.json`, JSON.stringify(held, null, 2))
  })
  const close = useAction(async () => {
    const { confirm } = await sure(
      '注销以后，这个微信就看不到您的服药记录了，没发的视频也会删掉。',
      '注销',
    )
    if (!confirm) return
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
      <Card title="注销账号">
        <View className="paragraph">
          注销后，这个微信和您的服药记录分开，不能再查看。以后想再用，请医生重新给绑定码。
        </View>
        <BigButton look="danger" busy={close.busy} onTap={close.run} testId="close-account">
          注销账号
        </BigButton>
        <ProblemNote problem={close.problem} />
      </Card>
    </Page>
  )
}
