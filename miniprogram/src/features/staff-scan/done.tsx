import { View } from '@tarojs/components'
import { Card } from '@/ui/card'
import { Icon } from '@/ui/icon'
import { Page } from '@/ui/page'

/** `number`: the PC asks whether this phone shows it, before the WeChat is linked. */
export function ScanDone({ number }: { number: string | null }) {
  return (
    <Page>
      <View className="stop-head" data-testid="staff-scan-done">
        <Icon name={number ? 'hourglass' : 'check'} tone={number ? 'wait' : 'ok'} size="l" />
        <View className="heading">{number ? '还差一步，请看电脑' : '好了，请看电脑'}</View>
      </View>
      {number ? (
        <Card title="电脑上会问您这个数字">
          <View className="scan-number" data-testid="link-number">
            {number}
          </View>
          <View className="soft">电脑上的数字和它一样，才点“是，关联我的微信”。</View>
        </Card>
      ) : null}
    </Page>
  )
}
