import { View } from '@tarojs/components'
import { ContactRows } from '@/features/account/contact-rows'
import { birthWords, conditionWords, sexWords } from '@/features/account/words'
import { useMe } from '@/offline/use-me'
import { CallDoctor } from '@/ui/call-doctor'
import { Card } from '@/ui/card'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'
import { ResourceNote } from '@/ui/resource-note'
import { Row } from '@/ui/row'

function RecordPage() {
  const resource = useMe()
  const me = resource.data
  if (!me) {
    return (
      <Page>
        <ResourceNote of={resource} />
      </Page>
    )
  }
  return (
    <Page>
      <ResourceNote of={resource} />
      <Card title="我的资料">
        <Row label="姓名" value={me.name} />
        <Row label="手机" value={me.phone_masked} />
        <Row label="性别" value={sexWords[me.sex]} />
        <Row label="出生日期" value={birthWords(me)} />
        <Row
          label="病情"
          value={me.conditions.map((one) => conditionWords[one]).join('、') || '没有记录'}
        />
        <View className="soft">资料有错，请告诉您的医生改。</View>
        <CallDoctor />
      </Card>
      <Card title="我的医生">
        <Row label="医院" value={me.institution_name} />
        <Row label="家庭医生" value={me.team_name} />
        {me.doctors.map((doctor) => (
          <Row key={doctor.name} label={doctor.title} value={doctor.name} />
        ))}
        <ContactRows contacts={me} />
        {me.institution_address ? <Row label="地址" value={me.institution_address} /> : null}
        {me.opening_hours.length > 0 ? (
          <Row
            label="门诊时间"
            value={me.opening_hours.map((line) => <View key={line}>{line}</View>)}
          />
        ) : null}
      </Card>
      <Card title="我的视频">
        <View className="paragraph">
          医生看过以后，视频保存 {me.video_retention_days} 天，到期自动删除。
        </View>
      </Card>
    </Page>
  )
}

export default guarded(RecordPage)
