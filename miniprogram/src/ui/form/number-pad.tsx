import { Text, View } from '@tarojs/components'
import { useState } from 'react'
import { type Figures, faultOf, isFull, type Key, type NumberField, typed } from '@/lib/number-pad'
import { spoken } from '@/platform/spoken'
import { Field } from './field'
import './number-pad.css'

const KEYS: readonly (readonly Key[])[] = [
  ['1', '2', '3'],
  ['4', '5', '6'],
  ['7', '8', '9'],
  ['.', '0', 'back'],
]
const SAID: Partial<Record<Key, string>> = { '.': '点', back: '删掉一位' }
const WRITTEN: Partial<Record<Key, string>> = { back: '删除' }

interface NumberPadProps<N extends string> {
  fields: readonly NumberField<N>[]
  figures: Figures<N>
  onChange: (figures: Figures<N>) => void
}

/** Figures on keys of our own: the phone's are small, and cover what is being filled in. */
export function NumberPad<N extends string>({ fields, figures, onChange }: NumberPadProps<N>) {
  const [current, setCurrent] = useState(0)
  const field = fields[current]
  const press = (key: Key) => {
    if (!field) return
    const before = figures[field.name] ?? ''
    const after = typed(before, key, field)
    if (after !== before) onChange({ ...figures, [field.name]: after })
    if (key !== 'back' && isFull(after, field) && current + 1 < fields.length) {
      setCurrent(current + 1)
    }
  }
  return (
    <View>
      {fields.map((one, index) => (
        <Figure
          key={one.name}
          field={one}
          text={figures[one.name] ?? ''}
          isCurrent={index === current}
          onTap={() => setCurrent(index)}
        />
      ))}
      <View className="keys">
        {KEYS.map((row) => (
          <View key={row.join('')} className="keys-row">
            {row.map((key) =>
              key === '.' && !field?.decimals ? (
                <View key={key} className="keys-one" />
              ) : (
                <View
                  key={key}
                  className="keys-one keys-key press"
                  hoverClass="press-down"
                  data-testid={`key-${key}`}
                  onClick={() => press(key)}
                  {...spoken({ role: 'button', label: SAID[key] ?? key })}
                >
                  {WRITTEN[key] ?? key}
                </View>
              ),
            )}
          </View>
        ))}
      </View>
    </View>
  )
}

interface FigureProps {
  field: NumberField
  text: string
  isCurrent: boolean
  onTap: () => void
}

function Figure({ field, text, isCurrent, onTap }: FigureProps) {
  return (
    <Field label={field.label} error={isCurrent ? '' : faultOf(text, field)}>
      <View
        className={`figure${isCurrent ? ' figure-current' : ''} press`}
        hoverClass="press-down"
        data-testid={`figure-${field.name}`}
        onClick={onTap}
        {...spoken({
          role: 'button',
          label: `${field.label}，${text || '还没填'}${text ? field.unit : ''}${isCurrent ? '，正在填' : ''}`,
        })}
      >
        <Text className="figure-text">{text || (isCurrent ? '在下面按数字' : '点这里填')}</Text>
        <Text className="figure-unit">{field.unit}</Text>
      </View>
    </Field>
  )
}
