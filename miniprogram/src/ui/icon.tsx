import { Image } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import { type IconName, iconImage } from './icon-shapes'
import { usePalette } from './palette'
import './icon.css'

export type IconTone = 'ok' | 'wait' | 'warn' | 'danger' | 'held' | 'accent' | 'text' | 'on'

/** Each drawn once: a page of squares draws the same few again and again. */
const drawn = new Map<string, string>()

function imageOf(name: IconName, colour: string, on: string): string {
  const key = `${name} ${colour} ${on}`
  const known = drawn.get(key) ?? iconImage(name, colour, on)
  drawn.set(key, known)
  return known
}

/** Never alone: a word stands beside every icon, so it is decoration to a screen reader. */
export function Icon({
  name,
  tone = 'text',
  size = 'm',
}: {
  name: IconName
  tone?: IconTone
  size?: 's' | 'm' | 'l' | 'xl'
}) {
  const palette = usePalette()
  return (
    <Image
      className={`icon icon-${size}`}
      src={imageOf(name, palette[tone], palette.on)}
      mode="aspectFit"
      {...spoken({ hidden: true })}
    />
  )
}
