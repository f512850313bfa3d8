import { View } from '@tarojs/components'
import { openSession } from '@/api/client'
import { useLoad } from '@/api/use-load'
import { ContactRows } from '@/features/account/contact-rows'
import { HelpRow } from '@/features/account/help'
import { WhoActs } from '@/features/account/who-acts'
import { InboxRow } from '@/features/inbox/inbox-row'
import { OutboxCount } from '@/features/outbox/outbox-count'
import { OutboxNote } from '@/features/outbox/outbox-note'
import { TypeSizeChoice } from '@/features/settings'
import { useMe } from '@/offline/use-me'
import { open } from '@/platform/navigation'
import { hasPrivacyContract, openPrivacyContract } from '@/platform/privacy'
import { CallDoctor } from '@/ui/call-doctor'
import { Card } from '@/ui/card'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'
import { ResourceNote } from '@/ui/resource-note'
import { Row } from '@/ui/row'
import { TabBar } from '@/ui/tab-bar'

function MinePage() {
  const me = useMe()
  const session = useLoad(openSession)
  return (
    <Page footer={<TabBar current="mine" />}>
      {me.data ? (
        <Card>
          <View className="person-name">{me.data.name}</View>
          <View className="soft">
            {me.data.institution_name} · {me.data.team_name}
          </View>
          <WhoActs me={me.data} />
          <ContactRows contacts={me.data} />
        </Card>
      ) : (
        <CallDoctor />
      )}
      <ResourceNote of={me} />
      <OutboxNote />
      <Card>
        <InboxRow />
        <Row label="我的资料和医生" onTap={() => open('record')} testId="mine-record" />
        <OutboxCount />
        <Row label="谁看过我的信息" onTap={() => open('views')} testId="mine-views" />
        <Row label="我的同意书" onTap={() => open('consents')} testId="mine-consents" />
        {hasPrivacyContract ? (
          <Row label="隐私保护指引" onTap={() => void openPrivacyContract()} />
        ) : null}
        <HelpRow />
        <Row label="导出资料、注销" onTap={() => open('account')} testId="mine-account" />
        {session.data?.staff ? (
          <Row label="医生扫码登录电脑" onTap={() => open('staffScan')} testId="mine-staff-scan" />
        ) : null}
      </Card>
      <Card title="字的大小">
        <TypeSizeChoice />
      </Card>
      <View className="soft" data-testid="version">
        微步之约 {APP_VERSION} 版
      </View>
    </Page>
  )
}

export default guarded(MinePage)
