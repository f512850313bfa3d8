import { View } from '@tarojs/components'
import { useState } from 'react'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { useTypeSize } from '@/ui/type-size'
import { TypeSizeChoice } from './type-size-choice'

/** Asked at the first opening, beside whatever else the page is for, and never again once answered. */
export function TypeQuestion() {
  const { size, answered, choose } = useTypeSize()
  // It stays while it is being answered here: the first size that is tried need not be the last.
  const [trying, setTrying] = useState(false)
  if (answered && !trying) return null
  return (
    <Card title="要不要用大字？" testId="type-question">
      <TypeSizeChoice onChosen={() => setTrying(true)} />
      <View className="soft">以后可以在“我的”里改。</View>
      <BigButton
        look="plain"
        testId="type-answered"
        onTap={() => {
          choose(size)
          setTrying(false)
        }}
      >
        就用这个大小
      </BigButton>
    </Card>
  )
}
