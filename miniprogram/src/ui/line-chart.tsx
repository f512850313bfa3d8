import { Image, Text, View } from '@tarojs/components'
import { svgImage } from '@/lib/base64'
import { type Band, lineChart, measured, type Series } from '@/lib/line-chart'
import { lineWords } from '@/lib/line-words'
import { dayOf, dayWords } from '@/lib/time'
import { spoken } from '@/platform/spoken'
import { pageWidth } from '@/platform/window'
import { usePalette } from './palette'
import { sizes } from './tokens.gen'
import { useTypeSize } from './type-size'
import './line-chart.css'

/** Left and right of it: the page's and the card's edges. */
const EDGES_PX = 56
const TALL = 0.62
const SIGNS = ['━●━', '╌■╌']

interface LineChartProps {
  title: string
  unit: string
  /** At most two. */
  series: readonly Series[]
  band?: Band
  /** A change of less is none. */
  steady: number
  longestGapMs?: number
}

const onDay = (at: number) => dayWords(dayOf(at))

/** Figures over time, drawn, named, and told in a sentence. */
export function LineChart({ title, unit, series, band, steady, longestGapMs }: LineChartProps) {
  const palette = usePalette()
  const { size } = useTypeSize()
  const width = pageWidth() - EDGES_PX
  const svg = lineChart(series, band ?? null, {
    width,
    height: Math.round(width * TALL) + sizes[size].body * 2,
    type: sizes[size].soft,
    colours: {
      lines: [palette.accent, palette.ok],
      outside: palette.danger,
      band: palette.okTint,
      grid: palette.line,
      text: palette.text,
    },
    dayWords: onDay,
    ...(longestGapMs ? { longestGapMs } : {}),
  })
  const words = lineWords(series, { title, unit, steady, dayWords: onDay })
  return (
    <View className="line-chart" data-testid="line-chart">
      {svg ? (
        <Image
          className="line-chart-picture"
          src={svgImage(svg)}
          mode="widthFix"
          {...spoken({ role: 'img', label: words })}
        />
      ) : null}
      {series.length > 1 ? (
        <View className="line-chart-names">
          {series.map(({ name, points }, place) =>
            measured({ name, points }).length > 0 ? (
              <Text key={name} className={`line-chart-name line-chart-name-${place + 1}`}>
                {SIGNS[place]} {name}
              </Text>
            ) : null,
          )}
        </View>
      ) : null}
      <View className="line-chart-words">{words}</View>
    </View>
  )
}
