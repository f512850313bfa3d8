import { Text, View } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import { Icon } from './icon'
import './choice.css'

export interface RadioChoice<T extends string> {
  name: T
  words: string
  hint?: string
  /** In px; for a choice that shows what it means. */
  size?: number
}

interface RadioGroupProps<T extends string> {
  /** Read out before the choices; the page's heading or the card's title says it, too. */
  label: string
  choices: readonly RadioChoice<T>[]
  chosen: T | null
  onChoose: (name: T) => void
  /** The choices are found by it and their name. */
  testId: string
}

/** One of many. */
export function RadioGroup<T extends string>({
  label,
  choices,
  chosen,
  onChoose,
  testId,
}: RadioGroupProps<T>) {
  return (
    <View {...spoken({ role: 'radiogroup', label })}>
      {choices.map(({ name, words, hint, size }) => {
        const isChosen = name === chosen
        return (
          <View
            key={name}
            className={`choice press${isChosen ? ' choice-accent' : ''}`}
            hoverClass="press-down"
            onClick={() => onChoose(name)}
            data-testid={`${testId}-${name}`}
            {...spoken({
              role: 'radio',
              label: words + (hint ? `，${hint}` : ''),
              checked: isChosen,
            })}
          >
            <View className="choice-words">
              <Text
                className="choice-label"
                {...(size ? { style: { fontSize: `${size}px` } } : {})}
              >
                {words}
              </Text>
              {hint ? <Text className="choice-hint">{hint}</Text> : null}
            </View>
            <Icon name={isChosen ? 'check' : 'ring'} tone={isChosen ? 'accent' : 'held'} />
          </View>
        )
      })}
    </View>
  )
}
