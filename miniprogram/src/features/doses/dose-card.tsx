import { View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import { dayWords } from '@/lib/time'
import type { Outbox } from '@/offline/outbox'
import { open } from '@/platform/navigation'
import { StateBadge } from '@/ui/state-badge'
import { isAnswered } from './begin-filming'
import { DoseActions } from './dose-actions'
import { DrugList } from './drug-list'
import { hourWords } from './offered'
import { ReportButton } from './report-button'
import { standingOf } from './standing'
import { UnwellLine } from './unwell-line'
import { VerdictNote } from './verdict-note'
import { WindowLine } from './window-line'
import './doses.css'

interface DoseCardProps {
  card: DoseCard
  today: string
  outbox: Outbox
}

export function DoseCardView({ card, today, outbox }: DoseCardProps) {
  const standing = standingOf(card, outbox.all(), outbox.isSending)
  const told = standing.itemId === null
  const seeDose = () => open('dose', { dose_id: card.dose_id })
  return (
    <View className="card" data-testid={`dose-card-${card.slot}`}>
      <View className="dose-head" onClick={seeDose} data-testid="dose-open">
        <View className="dose-slot">
          {card.due_on === today ? '' : `${dayWords(card.due_on)} `}
          {hourWords(card)}
        </View>
        <StateBadge state={standing} />
      </View>
      <DrugList drugs={card.drugs} />
      {standing.next === 'severe' ? null : <WindowLine card={card} />}
      {told ? <VerdictNote recording={card.recording} /> : null}
      <DoseActions card={card} standing={standing} outbox={outbox} />
      <ReportButton card={card} standing={standing} />
      {standing.next !== 'severe' && isAnswered(card, outbox.all()) ? (
        <UnwellLine card={card} beforeFilm={standing.next.startsWith('film')} />
      ) : null}
    </View>
  )
}
