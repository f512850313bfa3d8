import { Image } from '@tarojs/components'
import { type IconName, iconImage } from './icon-shapes'

export const tones = {
  ok: '#0f7b4f',
  wait: '#8a5a00',
  warn: '#b45309',
  danger: '#b42318',
  held: '#5b6472',
  accent: '#1557b0',
  text: '#1a2230',
  white: '#ffffff',
} as const
export type IconTone = keyof typeof tones

/** Never alone: a word stands beside every icon, so it is decoration to a screen reader. */
export function Icon({
  name,
  tone = 'text',
  size = 'm',
}: {
  name: IconName
  tone?: IconTone
  size?: 's' | 'm' | 'l'
}) {
  return (
    <Image className={`icon icon-${size}`} src={iconImage(name, tones[tone])} mode="aspectFit" />
  )
}
