import { View } from '@tarojs/components'
import type { Refused } from '@/platform/permissions'
import { Notice } from '../notice'
import { PermissionWays } from '../permission-ways'

const HOW: Record<'voice' | 'photo', Record<Refused, string>> = {
  voice: {
    privacy: '录音要先同意微信的隐私说明。点“再试一次”，在弹出的窗口里点“同意”。',
    undeclared: '这个小程序还没有办好录音的手续，不是您的手机不对。请打电话告诉医生。',
    camera: '还不能录音。',
    microphone: '还不能用麦克风。点“去打开”，把“麦克风”打开，再回来试。',
    system: '手机不让微信用麦克风。点“去手机设置”，把微信的“麦克风”打开，再回来试。',
  },
  photo: {
    privacy: '选照片要先同意微信的隐私说明。点“再试一次”，在弹出的窗口里点“同意”。',
    undeclared: '这个小程序还没有办好选照片的手续，不是您的手机不对。请打电话告诉医生。',
    camera: '还不能用相机。点“去打开”，把“摄像头”打开，再回来试。',
    microphone: '还不能选照片。',
    system: '手机不让微信用相机或照片。点“去手机设置”，把微信的“相机”和“照片”打开，再回来试。',
  },
}

interface MediaRefusedProps {
  what: 'voice' | 'photo'
  refused: Refused
  onAgain: () => void
}

/** Who has refused it, and where it is opened again. */
export function MediaRefused({ what, refused, onAgain }: MediaRefusedProps) {
  return (
    <View data-testid={`${what}-refused`}>
      <Notice tone="danger">{HOW[what][refused]}</Notice>
      <PermissionWays refused={refused} onAgain={onAgain} />
    </View>
  )
}
