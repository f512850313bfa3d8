import { View } from '@tarojs/components'
import { useState } from 'react'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Dialog } from '@/ui/dialog'
import { Row } from '@/ui/row'

const ANSWERS = [
  ['怎么拍？', '到时间打开“今日”，点“开始服药拍摄”，照屏幕上的话一步一步做。'],
  ['没有网络怎么办？', '照样拍。视频存在手机里，有了网络自己会发。'],
  ['药已经服了，没拍上？', '别再服。点“今天不能拍”，告诉医生药服了。'],
  ['不舒服怎么办？', '先别服药，点“不舒服”，或者打电话给医生。要紧的打 120。'],
] as const

/** What is asked most, and the number for everything else. */
export function HelpRow() {
  const [shown, setShown] = useState(false)
  return (
    <>
      <Row label="怎么用" onTap={() => setShown(true)} testId="mine-help" />
      {shown ? (
        <Dialog
          title="怎么用"
          actions={
            <>
              <CallDoctor />
              <BigButton testId="help-close" onTap={() => setShown(false)}>
                知道了
              </BigButton>
            </>
          }
        >
          {ANSWERS.map(([question, answer]) => (
            <View key={question} className="paragraph">
              <View className="strong">{question}</View>
              <View>{answer}</View>
            </View>
          ))}
        </Dialog>
      ) : null}
    </>
  )
}
