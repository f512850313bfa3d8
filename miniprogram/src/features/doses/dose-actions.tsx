import { View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import type { Outbox } from '@/offline/outbox'
import { open } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Progress } from '@/ui/progress'
import { useAskFirst } from './ask-first'
import { beginFilming } from './begin-filming'
import { wasBegun } from './begun'
import { NoSecondDose } from './no-second-dose'
import type { Standing } from './standing'

/** The one button a dose has at this moment, or how far its sending is. */
export function DoseActions({
  card,
  standing,
  outbox,
}: {
  card: DoseCard
  standing: Standing
  outbox: Outbox
}) {
  const id = standing.itemId ?? ''
  switch (standing.next) {
    case 'film':
    case 'film-again':
    case 'film-late':
      return <FilmButton card={card} next={standing.next} outbox={outbox} />
    case 'send-draft':
      return (
        <BigButton testId="draft-open" onTap={() => open('preview', { item: id })}>
          看一看再发送
        </BigButton>
      )
    case 'severe':
      return (
        <BigButton
          look="danger"
          testId="severe-open"
          onTap={() => open('severe', { dose_id: card.dose_id })}
        >
          看看现在怎么办
        </BigButton>
      )
    case 'outbox':
      return (
        <BigButton look="danger" testId="outbox-open" onTap={() => open('outbox')}>
          看看为什么
        </BigButton>
      )
    case 'wait':
      return <Sending outbox={outbox} id={id} />
    case 'none':
      return null
  }
}

const FILM_WORDS = {
  film: '开始服药拍摄',
  'film-again': '重新拍摄',
  'film-late': '还没服药？现在拍',
} as const

interface FilmButtonProps {
  card: DoseCard
  next: keyof typeof FILM_WORDS
  outbox: Outbox
}

function FilmButton({ card, next, outbox }: FilmButtonProps) {
  const first = useAskFirst(card, () => beginFilming(card, outbox.all()))
  return (
    <>
      {next === 'film' && !wasBegun(card.dose_id) ? null : <NoSecondDose card={card} />}
      <BigButton
        testId="film-start"
        look={next === 'film-late' ? 'quiet' : 'main'}
        onTap={first.begin}
      >
        {FILM_WORDS[next]}
      </BigButton>
      {first.question}
    </>
  )
}

function Sending({ outbox, id }: { outbox: Outbox; id: string }) {
  const percent = outbox.percentOf(id)
  if (percent !== null) return <Progress percent={percent} words="正在发送，请先别离开" />
  return (
    <View className="soft" data-testid="kept-on-phone">
      已经存在手机里，有网络就自动发出去，不用再拍。
    </View>
  )
}
