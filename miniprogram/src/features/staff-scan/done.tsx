import { View } from '@tarojs/components'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { Result } from '@/ui/result'
import './staff-scan.css'

/** `number`: the PC asks whether this phone shows it, before the WeChat is linked. */
export function ScanDone({ number }: { number: string | null }) {
  if (!number) {
    return (
      <Page>
        <Result title="好了，请看电脑" testId="staff-scan-done" />
      </Page>
    )
  }
  return (
    <Page>
      <Result title="还差一步，请看电脑" icon="hourglass" tone="wait" testId="staff-scan-done" />
      <Card title="电脑上会问您这个数字">
        <View className="scan-number" data-testid="link-number">
          {number}
        </View>
        <View className="soft">电脑上的数字和它一样，才点“是，关联我的微信”。</View>
      </Card>
    </Page>
  )
}
