import { View } from '@tarojs/components'
import type { DoseCard } from '@/api/types'
import { plainName } from '@/lib/plain-name'
import { open } from '@/platform/navigation'
import { spoken } from '@/platform/spoken'
import { Icon } from '@/ui/icon'
import { hourWords } from './offered'
import './later-line.css'

/** A dose whose time has not come near: one quiet line, a tap opens it. */
export function LaterLine({ card }: { card: DoseCard }) {
  const words = `${hourWords(card)} · ${card.drugs.map((drug) => plainName(drug.name)).join('，')}`
  return (
    <View
      className="later-line"
      data-testid={`dose-later-${card.slot}`}
      {...spoken({ role: 'button', label: `${words}，还没到时间` })}
      onClick={() => open('dose', { dose_id: card.dose_id })}
    >
      <Icon name="clock" tone="held" size="s" />
      <View className="later-words">{words}</View>
      <Icon name="next" tone="held" size="s" />
    </View>
  )
}
