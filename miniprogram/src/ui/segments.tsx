import { View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import './segments.css'

interface SegmentsProps<T extends string> {
  choices: readonly { name: T; word: string }[]
  chosen: T
  /** Read out before the choices. */
  label: string
  onChoose: (name: T) => void
}

/** One of a few, side by side. */
export function Segments<T extends string>({ choices, chosen, onChoose, label }: SegmentsProps<T>) {
  return (
    <View className="segments" {...spoken({ role: 'radiogroup', label })}>
      {choices.map((choice) => (
        <View
          key={choice.name}
          className={`segment press${choice.name === chosen ? ' segment-chosen' : ''}`}
          hoverClass="press-down"
          {...spoken({ role: 'radio', label: choice.word, checked: choice.name === chosen })}
          data-testid={`segment-${choice.name}`}
          onClick={() => onChoose(choice.name)}
        >
          {choice.word}
        </View>
      ))}
    </View>
  )
}
