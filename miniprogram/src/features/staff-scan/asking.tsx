import { View } from '@tarojs/components'
import type { StaffScan } from '@/api/types'
import { clockOf } from '@/lib/time'
import { Card } from '@/ui/card'
import { Notice } from '@/ui/notice'
import { Row } from '@/ui/row'

const QUESTIONS = {
  login: '有一台电脑要登录您的账号',
  link: '要把这个微信关联到医生账号吗？',
} as const

/** Who asks, from where and when: so that a code from elsewhere is seen to be one. */
export function Asking({ scan }: { scan: StaffScan }) {
  return (
    <>
      <View className="heading">{QUESTIONS[scan.kind]}</View>
      {scan.same_network ? null : (
        <Notice tone="wait" testId="other-network">
          电脑和手机不在同一个网络。电脑不在您面前，就点取消。
        </Notice>
      )}
      <Card>
        <View className="person-name">{scan.staff_name}</View>
        <View className="soft">{scan.institution_name}</View>
        <Row label="电脑" value={scan.device} />
        <Row label="时间" value={clockOf(scan.asked_at)} />
        <Row label="网络" value={scan.same_network ? '和手机是同一个' : '和手机不是同一个'} />
      </Card>
    </>
  )
}
