import { View } from '@tarojs/components'
import { useState } from 'react'
import type { Drug } from '@/api/types'
import { drugLine } from '@/features/doses/words'
import { recall, remember } from '@/platform/store'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { Page } from '@/ui/page'
import { GuideSteps } from './guide'

const SEEN = 'prepared-seen'

/** Shown before the first film, and again to whoever asks. */
export function usePrepared() {
  const [shown, setShown] = useState(() => !recall<boolean>(SEEN))
  const done = () => {
    remember(SEEN, true)
    setShown(false)
  }
  return { shown, show: () => setShown(true), done }
}

interface PreparedProps {
  drugs: Drug[]
  withCode: boolean
  onDone: () => void
}

/** Nobody reads while filming: everything is got ready and read before the camera opens. */
export function Prepared({ drugs, withCode, onDone }: PreparedProps) {
  return (
    <Page
      footer={
        <BigButton testId="prepared" onTap={onDone}>
          都准备好了，打开相机
        </BigButton>
      }
    >
      <View className="heading">药和水准备好了吗？</View>
      <Card title="放在手边">
        {drugs.map((drug) => (
          <View key={`${drug.name} ${drug.strength}`} className="paragraph strong">
            {drugLine(drug)}
          </View>
        ))}
        <View className="paragraph strong">一杯水</View>
        <View className="paragraph">坐到亮的地方，把手机靠稳，让镜头对着脸。</View>
      </Card>
      <Card title="拍的时候这样做">
        <GuideSteps withCode={withCode} />
        <View className="soft">每到下一步，手机会震一下。不用着急，一共一分钟。</View>
      </Card>
    </Page>
  )
}
