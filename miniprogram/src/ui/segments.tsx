import { View } from '@tarojs/components'

interface SegmentsProps<T extends string> {
  choices: readonly { name: T; word: string }[]
  chosen: T
  onChoose: (name: T) => void
}

/** One of a few, side by side. */
export function Segments<T extends string>({ choices, chosen, onChoose }: SegmentsProps<T>) {
  return (
    <View className="segments">
      {choices.map((choice) => (
        <View
          key={choice.name}
          className={`segment${choice.name === chosen ? ' segment-chosen' : ''}`}
          data-testid={`segment-${choice.name}`}
          onClick={() => onChoose(choice.name)}
        >
          {choice.word}
        </View>
      ))}
    </View>
  )
}
