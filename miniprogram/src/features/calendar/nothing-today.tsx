import { View } from '@tarojs/components'
import { plainName } from '@/lib/plain-name'
import { CallDoctor } from '@/ui/call-doctor'
import { Card } from '@/ui/card'
import { Icon } from '@/ui/icon'
import { Empty } from '@/ui/waiting'
import { useAdherence } from './use-adherence'

/** An empty 今日: of whoever has finished it is the end of a long way, and not an empty page. */
export function NothingToday() {
  const { data } = useAdherence()
  const treatments = data?.treatments ?? []
  const completed = treatments.find((one) => one.completed)
  if (!completed || treatments.some((one) => one.running)) {
    return <Empty title="今天没有要做的事" hint="有新安排时，这里会显示出来。" />
  }
  return (
    <Card testId="finished">
      <Icon name="check" tone="ok" size="l" />
      <View className="heading">恭喜您，{plainName(completed.name)}做完了！</View>
      <View className="paragraph">这里不用再服药、不用再拍了。</View>
      <View className="paragraph">哪天复查、又不舒服了怎么办，打电话问医生。</View>
      <CallDoctor look="main" />
    </Card>
  )
}
