import { View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import { open } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Notice } from '@/ui/notice'

type Known = Pick<DoseCard, 'dose_id' | 'can_report'> & Partial<Pick<DoseCard, 'state'>>

/** Stands wherever a new film is asked for, before the button: the drug may be down already. */
export function NoSecondDose({ card }: { card: Known }) {
  return (
    <View className="no-second-dose">
      <Notice tone="danger" icon="stop" testId="no-double-dose">
        药要是已经咽下去了，就别再服第二次。
      </Notice>
      {card.can_report && card.state !== 'self_reported' ? (
        <BigButton
          look="plain"
          testId="taken-already"
          onTap={() => open('cannotFilm', { dose_id: card.dose_id })}
        >
          药已经服了，自己报告
        </BigButton>
      ) : null}
      <CallDoctor />
    </View>
  )
}
