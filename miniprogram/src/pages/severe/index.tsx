import { View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { lastFelt } from '@/features/doses/asked'
import { cardsFrom, rememberedCard, rememberedSymptoms } from '@/features/doses/memory'
import { subjectOf } from '@/features/doses/offline'
import { isEmergency, type Stopped, stoppedOf } from '@/features/doses/severe'
import { DoctorTold } from '@/features/filming/doctor-told'
import { call, useUrgentContact } from '@/offline/contacts'
import { theOutbox } from '@/offline/use-outbox'
import { paramOf, toTab } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Icon } from '@/ui/icon'
import { Page } from '@/ui/page'
import './index.css'
import { guarded } from '@/ui/guarded'

function StoppedCard({ stopped, goingOn }: Stopped) {
  return (
    <Card title="哪些药先停">
      <View className="paragraph" data-testid="severe-stopped">
        {stopped.length > 0 ? <View className="strong">{stopped.join('、')}：先停</View> : null}
        <View>医生说可以服药以前，先不要服，也先不用拍。</View>
      </View>
      {goingOn.length > 0 ? (
        <View className="paragraph" data-testid="severe-going-on">
          {goingOn.join('、')}：照常服。拿不准就先问医生。
        </View>
      ) : null}
    </Card>
  )
}

/** Both numbers, the one that helps with what was felt first. */
function Calls({ emergency }: { emergency: boolean }) {
  const doctor = useUrgentContact()
  const first = emergency || !doctor
  const ambulance = (
    <BigButton
      key="120"
      look={first ? 'danger' : 'plain'}
      testId="call-120"
      onTap={() => call('120')}
    >
      拨打 120 急救电话
    </BigButton>
  )
  const team = doctor ? (
    <BigButton
      key="doctor"
      look={first ? 'plain' : 'danger'}
      testId="call-doctor"
      onTap={() => call(doctor.phone)}
    >
      给医生打电话
    </BigButton>
  ) : null
  return <>{first ? [ambulance, team] : [team, ambulance]}</>
}

function pendingReport(doseId: string) {
  const subject = subjectOf(doseId)
  return theOutbox()
    .all()
    .find((item) => item.kind === 'side-effects' && item.subject === subject)
}

function SeverePage() {
  const { params } = useRouter()
  const doseId = paramOf(params, 'dose_id')
  const from = rememberedCard(doseId)?.due_on ?? ''
  const pending = pendingReport(doseId)
  const itemId = paramOf(params, 'item') || (pending?.id ?? '')
  const told = paramOf(params, 'symptoms')
  const codes: string[] = told ? told.split(',') : lastFelt()
  const chosen = (rememberedSymptoms() ?? []).filter((s) => s.severe && codes.includes(s.code))
  return (
    <Page footer={<Calls emergency={isEmergency(chosen)} />}>
      <View className="stop-head">
        <Icon name="stop" tone="danger" size="l" />
        <View className="heading">先不要服药</View>
      </View>
      <DoctorTold itemId={itemId} />
      <Card title="现在这样做">
        {chosen.map((symptom) => (
          <View key={symptom.code} className="paragraph">
            <View className="strong">{symptom.label}</View>
            <View>{symptom.advice}</View>
          </View>
        ))}
        <View className="paragraph">喘不上气、脸肿、晕倒：马上打 120。</View>
        <View className="paragraph">其他情况：今天就给医生打电话，或者去诊所。</View>
      </Card>
      <StoppedCard {...stoppedOf(cardsFrom(from), theOutbox().all())} />
      <BigButton look="quiet" testId="severe-done" onTap={() => toTab('today')}>
        知道了，回到今日
      </BigButton>
    </Page>
  )
}

export default guarded(SeverePage)
