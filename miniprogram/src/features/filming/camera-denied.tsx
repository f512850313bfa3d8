import { View } from '@tarojs/components'
import { useDidShow } from '@tarojs/taro'
import { replace } from '@/platform/navigation'
import type { Refused } from '@/platform/permissions'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { PermissionWays } from '@/ui/permission-ways'

const BACK = '回到这里，会自动再试一次。'
const HOW: Record<Refused, string[]> = {
  privacy: ['拍服药视频，要先同意微信的隐私说明。', '点下面的“再试一次”，在弹出的窗口里点“同意”。'],
  undeclared: ['这个小程序还没有办好用相机的手续，不是您的手机不对。', '请打电话告诉医生。'],
  camera: ['点下面的“去打开”，把“摄像头”打开。', BACK],
  microphone: ['点下面的“去打开”，把“麦克风”打开：医生要听您念今天的数字。', BACK],
  system: [
    '手机不让微信用相机或麦克风。',
    '点下面的“去手机设置”，把微信的“相机”和“麦克风”打开。',
    BACK,
  ],
}

/** After a refusal WeChat does not ask again: each is opened in a place of its own. */
export function CameraDenied({
  doseId,
  refused,
  onAgain,
}: {
  doseId: string
  refused: Refused
  onAgain: () => void
}) {
  useDidShow(onAgain)
  return (
    <Page
      footer={
        <>
          <PermissionWays refused={refused} onAgain={onAgain} />
          <BigButton look="quiet" onTap={() => replace('cannotFilm', { dose_id: doseId })}>
            今天不能拍
          </BigButton>
        </>
      }
    >
      <View className="heading">还不能用相机</View>
      <Card title="这样打开">
        {HOW[refused].map((words) => (
          <View key={words} className="paragraph">
            {words}
          </View>
        ))}
      </Card>
    </Page>
  )
}
