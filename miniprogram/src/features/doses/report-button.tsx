import type { DoseCard } from '@/api/types'
import { open } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import type { Standing } from './standing'

/** The way out when there can be no film: before the window closes, and for a day after it. */
export function ReportButton({ card, standing }: { card: DoseCard; standing: Standing }) {
  const offered = ['film', 'none'].includes(standing.next) && card.state !== 'self_reported'
  if (!card.can_report || !offered) return null
  return (
    <BigButton
      look="quiet"
      testId="cannot-film"
      onTap={() => open('cannotFilm', { dose_id: card.dose_id })}
    >
      {standing.next === 'film' ? '今天不能拍' : '没有拍，自己报告'}
    </BigButton>
  )
}
