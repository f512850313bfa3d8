import { View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { BigButton } from '@/components/big-button'
import { Card } from '@/components/card'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { ProblemNote } from '@/components/problem-note'
import { Waiting } from '@/components/waiting'
import { sceneValue } from '@/features/binding/scene'
import { confirmStaffScan, fetchStaffScan } from '@/features/staff-scan/api'
import { StaffCodeEntry } from '@/features/staff-scan/code-entry'
import { goBack, paramOf } from '@/lib/navigation'
import { useAction } from '@/lib/use-action'
import { useLoad } from '@/lib/use-load'

const KINDS = {
  login: { title: '登录电脑', question: '确认在电脑上登录吗？', yes: '确认登录' },
  link: { title: '绑定微信', question: '把这个微信和您的医生账号绑在一起吗？', yes: '确认绑定' },
} as const

export default function StaffScanPage() {
  const { params } = useRouter()
  const [code, setCode] = useState(sceneValue(paramOf(params, 'scene'), 's'))
  return code ? <StaffScan code={code} /> : <StaffCodeEntry onCode={setCode} />
}

function StaffScan({ code }: { code: string }) {
  const { data: scan, problem, reload } = useLoad(() => fetchStaffScan(code), code)
  const [done, setDone] = useState(false)
  const confirm = useAction(async () => {
    await confirmStaffScan(code)
    setDone(true)
  })
  if (!scan) {
    return <Page>{problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Waiting />}</Page>
  }
  const words = KINDS[scan.kind]
  if (done) {
    return (
      <Page>
        <View className="stop-head" data-testid="staff-scan-done">
          <Icon name="check" tone="ok" size="l" />
          <View className="heading">好了，请看电脑</View>
        </View>
      </Page>
    )
  }
  return (
    <Page
      footer={
        <>
          <BigButton busy={confirm.busy} onTap={confirm.run} testId="staff-scan-confirm">
            {words.yes}
          </BigButton>
          <BigButton look="plain" onTap={goBack}>
            不是我，取消
          </BigButton>
        </>
      }
    >
      <View className="heading">{words.question}</View>
      <Card title={words.title}>
        <View className="person-name">{scan.staff_name}</View>
        <View className="soft">不是您自己在操作，就点取消。</View>
      </Card>
      <ProblemNote problem={confirm.problem} />
    </Page>
  )
}
