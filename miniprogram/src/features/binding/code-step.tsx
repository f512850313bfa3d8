import { Input, View } from '@tarojs/components'
import { useState } from 'react'
import type { BindingPreview } from '@/api/types'
import { useAction } from '@/api/use-action'
import { TypeQuestion } from '@/features/settings'
import { BINDING_LENGTH, cleanCode, sceneValue, spacedCode } from '@/lib/scene'
import { canScan, scanScene } from '@/platform/scan'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { lookUp } from './api'
import './binding.css'
import '@/ui/code-input.css'

interface CodeStepProps {
  firstCode: string
  staff: boolean
  onFound: (code: string, preview: BindingPreview) => void
  onStaffScan: () => void
}

export function CodeStep({ firstCode, staff, onFound, onStaffScan }: CodeStepProps) {
  const [code, setCode] = useState(firstCode)
  const find = useAction(async () => onFound(code, await lookUp(code)))
  const scan = useAction(async () => {
    const scene = await scanScene()
    if (scene) setCode(sceneValue(scene, 'b') || cleanCode(scene).slice(0, BINDING_LENGTH))
  })
  return (
    <Page
      footer={
        <>
          <BigButton
            testId="bind-submit"
            busy={find.busy}
            disabled={code.length !== BINDING_LENGTH}
            onTap={find.run}
          >
            下一步
          </BigButton>
          {canScan ? (
            <BigButton look="plain" onTap={scan.run} testId="bind-scan">
              扫医生给的码
            </BigButton>
          ) : null}
        </>
      }
    >
      <View className="welcome">微步之约</View>
      <View className="welcome-hint">每天一小步，和您的家庭医生一起把病治好。</View>
      <Card title="请输入医生给您的八位绑定码">
        <Input
          className="code-input"
          type="text"
          placeholder="例如 ABCD 2345"
          value={spacedCode(code)}
          maxlength={12}
          onInput={(event) => setCode(cleanCode(event.detail.value).slice(0, BINDING_LENGTH))}
          data-testid="bind-code-input"
        />
        <View className="soft">码里没有数字 0、1，也没有字母 I、O。</View>
      </Card>
      <ProblemNote problem={find.problem ?? scan.problem} />
      <Card>
        <View className="paragraph">按时提醒您服药，医生看视频确认。</View>
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
