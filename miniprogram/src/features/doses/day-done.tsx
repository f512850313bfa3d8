import { View } from '@tarojs/components'
import type { DoseCard, DoseState } from '@/api/types'
import type { Outbox } from '@/offline/outbox'
import { Icon } from '@/ui/icon'
import { hourWords, isToDo } from './offered'
import { type Standing, standingOf } from './standing'
import './day-done.css'

const FILMED: DoseState[] = ['processing', 'pending_review', 'observed', 'partial']
const SETTLED: DoseState[] = [...FILMED, 'self_reported', 'live', 'in_person']
/** Nobody waits for these today. */
const PUT_OFF: DoseState[] = ['held', 'rescheduled', 'cancelled']
/** Each of these says by itself what is to be done. */
const UNDONE: Standing['next'][] = ['film-again', 'send-draft', 'outbox', 'severe']

interface DayDoneProps {
  cards: DoseCard[]
  outbox: Outbox
}

/** After a film the day has an end that can be seen: what is done, and what is still to come. */
export function DayDone({ cards, outbox }: DayDoneProps) {
  const items = outbox.all()
  const standings = cards.map((card) => standingOf(card, items, outbox.isSending))
  const waiting = standings.filter((one) => one.next === 'wait')
  const isFilm = (one: Standing) => items.find(({ id }) => id === one.itemId)?.kind === 'film'
  const filmed = waiting.some(isFilm) || cards.some((card) => FILMED.includes(card.state))
  const settled = waiting.length > 0 || cards.some((card) => SETTLED.includes(card.state))
  if (!settled || standings.some((one) => UNDONE.includes(one.next))) return null
  const toDo = cards.filter((card) => isToDo(card, items))
  const isMissing = (card: DoseCard, place: number) =>
    standings[place]?.next !== 'wait' &&
    ![...SETTLED, ...PUT_OFF].includes(card.state) &&
    !toDo.includes(card)
  if (cards.some(isMissing)) return null
  const [first, ...others] = toDo
  const done = filmed ? '拍好了' : '记好了'
  const still = first ? `还有${hourWords(first)} 的药` : '今天的任务完成'
  return (
    <View className="day-done" data-testid="day-done">
      <Icon name="check" tone="ok" size="l" />
      <View className="day-done-words">
        <View className="day-done-title">
          {done}，{still}
          {others.length > 0 ? `，一共 ${others.length + 1} 次` : ''}
        </View>
        {waiting.length > 0 ? <View>{keptWords(waiting, outbox)}</View> : null}
      </View>
    </View>
  )
}

function keptWords(waiting: Standing[], outbox: Outbox): string {
  const isSending = waiting.some((one) => one.itemId !== null && outbox.isSending(one.itemId))
  return isSending ? '正在发给医生，请先别离开。' : '已经存好，有网络就自动发。'
}
