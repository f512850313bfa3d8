import { View } from '@tarojs/components'
import { canOpenSetting } from '@/platform/camera-view'
import { replace } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'

/** After a refusal WeChat does not ask again: only its settings page can open the camera. */
export function CameraDenied({ doseId, onAgain }: { doseId: string; onAgain: () => void }) {
  return (
    <Page
      footer={
        <>
          {canOpenSetting ? (
            <BigButton openType="openSetting" testId="open-setting">
              去打开相机
            </BigButton>
          ) : null}
          <BigButton look="plain" onTap={onAgain} testId="camera-again">
            我已打开，再试一次
          </BigButton>
          <BigButton look="quiet" onTap={() => replace('cannotFilm', { dose_id: doseId })}>
            今天不能拍
          </BigButton>
        </>
      }
    >
      <View className="heading">还不能用相机</View>
      <Card title="这样打开">
        <View className="paragraph">一、点下面的“去打开相机”。</View>
        <View className="paragraph">二、把“摄像头”和“麦克风”打开。</View>
        <View className="paragraph">三、点左上角返回，再试一次。</View>
        <View className="paragraph">还不行：在手机的设置里找到微信，允许用相机和麦克风。</View>
      </Card>
    </Page>
  )
}
