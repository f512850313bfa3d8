import { Text, View } from '@tarojs/components'
import { useState } from 'react'
import type { Adherence, CalendarMonth, Rates } from '@/api/types'
import { plainName } from '@/lib/plain-name'
import { Card } from '@/ui/card'
import { Segments } from '@/ui/segments'
import { countLines, type RatesOfSpan, ratesOf, type Span, type TreatmentLine } from './rates'
import './rates.css'

const SPANS = [
  { name: 'month', word: '这个月' },
  { name: 'days', word: '近 30 天' },
  { name: 'course', word: '全程' },
] as const

interface RatesCardProps {
  month: CalendarMonth
  adherence: Adherence | null
}

/** The rates of each treatment over three spans of time, one at a time. */
export function RatesCard({ month, adherence }: RatesCardProps) {
  const [span, setSpan] = useState<Span>('month')
  const shown = ratesOf(span, month, adherence)
  return (
    <Card title="服药情况" testId="rates">
      <Segments label="哪一段时间" choices={SPANS} chosen={span} onChoose={setSpan} />
      {shown ? (
        <Treatments shown={shown} />
      ) : (
        <View className="soft">还没有读到，请往下拉一拉。</View>
      )}
    </Card>
  )
}

function Treatments({ shown }: { shown: RatesOfSpan }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      {shown.running.length === 0 ? (
        <View className="paragraph">现在没有进行中的治疗。</View>
      ) : null}
      {shown.running.map((line) => (
        <OfTreatment key={line.id} line={line} />
      ))}
      {shown.ended.length > 0 ? (
        <View className="paragraph" data-testid="rates-before" onClick={() => setOpen(!open)}>
          <Text className="strong">以前的治疗，不算在上面</Text>
          <Text className="soft">{open ? '（收起）' : '（点开看）'}</Text>
        </View>
      ) : null}
      {open ? shown.ended.map((line) => <OfTreatment key={line.id} line={line} />) : null}
    </>
  )
}

function OfTreatment({ line }: { line: TreatmentLine }) {
  return (
    <View data-testid="rates-of">
      <View className="paragraph">
        <Text className="strong">{plainName(line.name)}</Text>
      </View>
      <RateList rates={line.rates} />
    </View>
  )
}

function RateList({ rates }: { rates: Rates }) {
  if (rates.closed === 0) {
    return <View className="paragraph">还没有到期的服药，过几天再来看。</View>
  }
  return (
    <>
      <View className="paragraph">到现在该服 {rates.closed} 次：</View>
      {countLines(rates).map((line) => (
        <View key={line.name} className="rate-head" data-testid={`rate-${line.name}`}>
          <Text className="rate-title">{line.words}</Text>
          <Text className="rate-figure">{line.count} 次</Text>
        </View>
      ))}
    </>
  )
}
