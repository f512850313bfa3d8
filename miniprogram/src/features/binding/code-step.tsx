import { View } from '@tarojs/components'
import { useEffect, useRef, useState } from 'react'
import type { BindingPreview } from '@/api/types'
import { useAction } from '@/api/use-action'
import { TypeQuestion } from '@/features/settings'
import { sceneValue } from '@/lib/scene'
import { canScan, scanScene } from '@/platform/scan'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Notice } from '@/ui/notice'
import { OldWechatNote } from '@/ui/old-wechat-note'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { type BindingCode, lookUp } from './api'
import './binding.css'

interface CodeStepProps {
  /** Of the code that opened the app. */
  firstCode: string
  staff: boolean
  onFound: (code: BindingCode, preview: BindingPreview) => void
  onType: () => void
  onStaffScan: () => void
}

export function CodeStep({ firstCode, staff, onFound, onType, onStaffScan }: CodeStepProps) {
  const [strange, setStrange] = useState(false)
  const scanned = useRef(firstCode)
  const find = useAction(async () => {
    const code = { code: scanned.current }
    onFound(code, await lookUp(code))
  })
  const scan = useAction(async () => {
    const scene = await scanScene()
    if (!scene) return
    scanned.current = sceneValue(scene, 'b')
    setStrange(!scanned.current)
    if (scanned.current) await find.run()
  })
  const begin = find.run
  useEffect(() => {
    if (scanned.current) void begin()
  }, [begin])
  return (
    <Page
      footer={
        <>
          {canScan ? (
            <BigButton busy={scan.busy || find.busy} onTap={scan.run} testId="bind-scan">
              扫医生给的码
            </BigButton>
          ) : null}
          <BigButton look={canScan ? 'plain' : 'main'} onTap={onType} testId="bind-type">
            扫不了，输入数字
          </BigButton>
        </>
      }
    >
      <OldWechatNote />
      <View className="welcome">微步之约</View>
      <View className="welcome-hint">每天一小步，和您的家庭医生一起把病治好。</View>
      <ProblemNote problem={find.problem ?? scan.problem} />
      {strange ? <Notice tone="danger">这不是绑定用的码。请扫医生给您的那一张。</Notice> : null}
      <Card>
        <View className="paragraph">服药时拍一段，医生看视频确认。</View>
        <View className="paragraph">没有网络也能拍，有网了自动发出去。</View>
        <View className="paragraph">视频只有您的医生能看，到期自动删除。</View>
      </Card>
      {staff ? (
        <BigButton look="quiet" onTap={onStaffScan} testId="staff-scan-open">
          我是医生，扫码登录电脑
        </BigButton>
      ) : null}
      <TypeQuestion />
    </Page>
  )
}
