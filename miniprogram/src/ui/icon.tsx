import { Image } from '@tarojs/components'
import { spoken } from '@/platform/spoken'
import { type IconName, iconImage } from './icon-shapes'
import { usePalette } from './palette'
import './icon.css'

export type IconTone = 'ok' | 'wait' | 'warn' | 'danger' | 'held' | 'accent' | 'text' | 'on'

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
      src={iconImage(name, palette[tone], palette.on)}
      mode="aspectFit"
      {...spoken({ hidden: true })}
    />
  )
}
