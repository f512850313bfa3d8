import { Input, View } from '@tarojs/components'
import { useState } from 'react'
import { useAction } from '@/api/use-action'
import { cleanCode, sceneValue } from '@/lib/scene'
import { canScan, scanScene } from '@/platform/scan'
import { spokenField } from '@/platform/spoken'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import '@/ui/code-input.css'

const CODE_LENGTH = 12

/** Reached without a code: scan the one on the PC's screen, or type it where nothing can scan. */
export function StaffCodeEntry({ onCode }: { onCode: (code: string) => void }) {
  const [code, setCode] = useState('')
  const scan = useAction(async () => {
    const scene = await scanScene()
    if (scene) onCode(sceneValue(scene, 's'))
  })
  return (
    <Page
      footer={
        canScan ? (
          <BigButton busy={scan.busy} onTap={scan.run}>
            扫电脑上的码
          </BigButton>
        ) : (
          <BigButton
            disabled={code.length !== CODE_LENGTH}
            onTap={() => onCode(code)}
            testId="staff-code-submit"
          >
            下一步
          </BigButton>
        )
      }
    >
      <View className="heading">医生扫码登录电脑</View>
      {canScan ? null : (
        <Card title="请输入电脑上的十二位码">
          <Input
            className="code-input"
            value={code}
            maxlength={16}
            onInput={(event) => setCode(cleanCode(event.detail.value).slice(0, CODE_LENGTH))}
            data-testid="staff-code-input"
            {...spokenField('电脑上的十二位码')}
          />
        </Card>
      )}
    </Page>
  )
}
