import { View } from '@tarojs/components'
import type { BindingPreview } from '@/api/types'
import { sexWords } from '@/features/account/words'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { Row } from '@/ui/row'

interface ConfirmStepProps {
  preview: BindingPreview
  onYes: () => void
  onNo: () => void
}

export function ConfirmStep({ preview, onYes, onNo }: ConfirmStepProps) {
  return (
    <Page
      footer={
        <>
          <BigButton testId="bind-confirm" onTap={onYes}>
            是我本人
          </BigButton>
          <BigButton look="plain" testId="bind-deny" onTap={onNo}>
            不是我，重新输入
          </BigButton>
        </>
      }
    >
      <View className="heading">请看一看，这是您吗？</View>
      <Card>
        <View className="person-name" data-testid="bind-name">
          {preview.name_masked}
        </View>
        <Row label="性别" value={sexWords[preview.sex]} />
        <Row label="出生年份" value={`${preview.birth_year} 年`} />
        <Row label="医院" value={preview.institution_name} />
        <Row label="家庭医生" value={preview.team_name} />
      </Card>
    </Page>
  )
}
