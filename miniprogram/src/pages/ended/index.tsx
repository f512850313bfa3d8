import { View } from '@tarojs/components'
import { useDidShow } from '@tarojs/taro'
import { useEffect } from 'react'
import { forgetSession, openSession } from '@/api/client'
import { useLoad } from '@/api/use-load'
import { fetchEnding } from '@/features/account/api'
import { ContactRows } from '@/features/account/contact-rows'
import { forgetDays } from '@/features/today/parts'
import { open, restartAt } from '@/platform/navigation'
import { Card } from '@/ui/card'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Row } from '@/ui/row'
import { Waiting } from '@/ui/waiting'

/** The record may be open again, or another team's code may be bound meanwhile. */
async function lookAgain(): Promise<void> {
  forgetSession()
  const session = await openSession().catch(() => null)
  if (session?.bound) restartAt('today')
  else if (session && !session.ended) restartAt('bind')
}

/** The team has closed the record: nothing is asked for, and who reads this may be mourning. */
function EndedPage() {
  const ending = useLoad(fetchEnding)
  useEffect(forgetDays, [])
  useDidShow(() => void lookAgain())
  const { data, problem } = ending
  if (!data) {
    return (
      <Page>
        {problem ? <ProblemNote problem={problem} onRetry={ending.reload} /> : <Waiting />}
      </Page>
    )
  }
  return (
    <Page>
      <View className="heading">这份档案已经结束</View>
      <Card testId="ended">
        <View className="paragraph">
          这里不再有服药安排，不用再拍，也不用再报告。谢谢您一直以来的配合。
        </View>
        {data.care_goes_on ? (
          <View className="paragraph strong">
            药还要不要吃、怎么吃，请问现在给您看病的医生，不要自己停药。
          </View>
        ) : null}
        <View className="paragraph">要是弄错了，或者有事想问，请打电话给我们。</View>
      </Card>
      <Card title={`${data.institution_name} · ${data.team_name}`}>
        <ContactRows contacts={data} />
      </Card>
      <Card>
        <Row label="我有新的绑定码" onTap={() => open('bind')} testId="ended-bind" />
        <Row label="谁看过我的信息" onTap={() => open('views')} testId="ended-views" />
        <Row label="导出资料、注销" onTap={() => open('account')} testId="ended-account" />
      </Card>
    </Page>
  )
}

export default guarded(EndedPage)
