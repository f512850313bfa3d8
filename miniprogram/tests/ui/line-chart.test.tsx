import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { lineChart, type Point, type Series, ticksOf } from '@/lib/line-chart'
import { lineWords } from '@/lib/line-words'
import { LineChart } from '@/ui/line-chart'
import { sizes } from '@/ui/tokens.gen'

afterEach(cleanup)

const DAY = 86_400_000
const START = Date.UTC(2026, 2, 1, 4)
const COLOURS = {
  lines: ['#1557b0', '#0f7b4f'],
  outside: '#b42318',
  band: '#e5f4ed',
  grid: '#d8dee6',
  text: '#1a2230',
} as const
const dayWords = (at: number) => `3月${1 + Math.round((at - START) / DAY)}日`
const look = (change = {}) => ({
  width: 320,
  height: 220,
  type: 16,
  colours: COLOURS,
  dayWords,
  ...change,
})
const series = (values: (number | null)[], name = '收缩压'): Series => ({
  name,
  points: values.map((value, day): Point => ({ at: START + day * DAY, value })),
})
const drawn = (svg: string) => new DOMParser().parseFromString(svg, 'image/svg+xml')
const lines = (svg: string) => Array.from(drawn(svg).querySelectorAll('path[fill="none"]'))
const labels = (svg: string) => Array.from(drawn(svg).querySelectorAll('text'))
const told = { title: '血压', unit: '', dayWords, steady: 5 }

describe('a line chart', () => {
  it('is well-formed, inside its frame, with the newest on the right', () => {
    const svg = lineChart([series([150, 143, 138])], null, look())
    const marks = Array.from(drawn(svg).querySelectorAll('circle'))
    const xs = marks.map((mark) => Number(mark.getAttribute('cx')))

    expect(drawn(svg).querySelector('parsererror')).toBeNull()
    expect(marks).toHaveLength(3)
    expect(xs).toEqual([...xs].sort((a, b) => a - b))
    for (const x of xs) expect(x > 0 && x <= 308).toBe(true)
    expect(svg).not.toMatch(/NaN|Infinity|%|<style/)
  })

  it('puts higher values higher, whatever order they come in', () => {
    const { name, points } = series([120, 150])
    const svg = lineChart([{ name, points: [...points].reverse() }], null, look())
    const [first, second] = Array.from(drawn(svg).querySelectorAll('circle'))

    expect(Number(second?.getAttribute('cy'))).toBeLessThan(Number(first?.getAttribute('cy')))
  })

  it('has one point in the middle, with one day under it', () => {
    const svg = lineChart([series([7.2])], null, look())

    expect(drawn(svg).querySelectorAll('circle')).toHaveLength(1)
    expect(labels(svg).filter((label) => label.textContent === '3月1日')).toHaveLength(1)
    expect(svg).not.toMatch(/NaN/)
  })

  it('is nothing without a point', () => {
    expect(lineChart([series([])], null, look())).toBe('')
    expect(lineChart([series([null, null])], null, look())).toBe('')
  })

  it('breaks where nothing was measured, and where too much time passed', () => {
    expect(lines(lineChart([series([140, null, 150, 151])], null, look()))).toHaveLength(2)
    const late: Series = {
      name: '',
      points: [
        { at: START, value: 1 },
        { at: START + DAY, value: 2 },
        { at: START + 9 * DAY, value: 3 },
      ],
    }
    expect(lines(lineChart([late], null, look({ longestGapMs: 3 * DAY })))).toHaveLength(2)
    expect(lines(lineChart([late], null, look()))).toHaveLength(1)
  })

  it('tells two series apart without colour: dashes and squares', () => {
    const svg = lineChart([series([150, 143]), series([90, 88], '舒张压')], null, look())
    const dashes = lines(svg).map((line) => line.getAttribute('stroke-dasharray'))

    expect(dashes).toEqual([null, '7 5'])
    expect(drawn(svg).querySelectorAll('rect')).toHaveLength(2)
  })

  it('marks what is outside the band by shape, too', () => {
    const svg = lineChart([series([5, 9, 6])], { from: 4, to: 7 }, look())

    expect(drawn(svg).querySelectorAll('circle')).toHaveLength(2)
    expect(svg).toContain(`z" fill="${COLOURS.outside}"`)
    expect(drawn(svg).querySelector('rect')?.getAttribute('fill')).toBe(COLOURS.band)
  })

  it.each([
    [[120, 120, 120]],
    [[0, 0]],
    [[0.1, 0.3]],
    [[-5, 5]],
    [[1, 1_000_000]],
    [[4.4, 33.3]],
    [[99.9, 100]],
  ])('finds a few round figures that take in %s', (values) => {
    const ticks = ticksOf(values)

    expect(ticks.length).toBeGreaterThanOrEqual(2)
    expect(ticks.length).toBeLessThanOrEqual(6)
    expect(ticks[0]).toBeLessThanOrEqual(Math.min(...values))
    expect(ticks[ticks.length - 1]).toBeGreaterThanOrEqual(Math.max(...values))
    expect(lineChart([series(values)], null, look())).not.toMatch(/NaN|Infinity/)
  })

  it.each(Object.entries(sizes))(
    'has labels that stand apart at %s, on a small phone',
    (_, size) => {
      const width = 320 - 56
      const height = Math.round(width * 0.62) + size.body * 2
      const svg = lineChart([series([138, 180])], null, look({ width, height, type: size.soft }))
      const days = labels(svg).filter((label) => label.textContent?.includes('月'))
      const wide = size.soft * (2 + 2 * 0.6)
      const [first, last] = days.map((label) => Number(label.getAttribute('x')))
      const ys = labels(svg)
        .filter((label) => !label.textContent?.includes('月'))
        .map((label) => Number(label.getAttribute('y')))
        .sort((a, b) => a - b)

      expect((first ?? 0) + wide).toBeLessThan((last ?? 0) - wide)
      for (const [at, y] of ys.entries()) {
        if (at > 0) expect(y - (ys[at - 1] ?? 0)).toBeGreaterThan(size.soft)
      }
      for (const label of labels(svg)) {
        expect(Number(label.getAttribute('font-size'))).toBe(size.soft)
      }
    },
  )

  it('does not break on a name with signs of its own', () => {
    const svg = lineChart([series([1, 2])], null, look({ dayWords: () => '<3 & 4>' }))

    expect(labels(svg).some((label) => label.textContent === '<3 & 4>')).toBe(true)
  })
})

describe('what a chart says', () => {
  it('names first, last and highest, and where it goes', () => {
    expect(lineWords([series([150, 158, 143, 130])], told)).toBe(
      '血压，4次。收缩压开始是150，最近是130，最高是158（3月2日），总的来看在往下走。',
    )
    expect(lineWords([series([120, 130, 141])], told)).toContain('总的来看在往上走')
    expect(lineWords([series([140, 142, 141])], told)).toContain('总的来看差不多')
  })

  it('names the later of two that are equally high', () => {
    expect(lineWords([series([150, 140, 150, 120])], told)).toContain('最高是150（3月3日）')
  })

  it('says of one that it is one, and of none that there is none', () => {
    expect(lineWords([series([7.2])], told)).toBe('血压，1次。收缩压7.2，3月1日。')
    expect(lineWords([series([null])], told)).toBe('血压还没有记录。')
  })

  it('speaks of both series', () => {
    const words = lineWords([series([150, 143]), series([90, 70], '舒张压')], told)

    expect(words).toContain('收缩压开始是150')
    expect(words).toContain('舒张压开始是90')
  })
})

describe('a chart on a page', () => {
  it('is an image that says what it shows, with the same words under it', () => {
    render(<LineChart title="血压" unit="" series={[series([150, 143])]} steady={5} />)
    const picture = screen.getByRole('img')

    expect(picture.getAttribute('src')).toMatch(/^data:image\/svg\+xml;base64,/)
    expect(picture.getAttribute('aria-label')).toContain('最近是143')
    expect(screen.getByTestId('line-chart').textContent).toContain('最近是143')
  })

  it('names two lines by their signs', () => {
    const both = [series([150, 143]), series([90, 88], '舒张压')]
    render(<LineChart title="血压" unit="" series={both} steady={5} />)

    expect(screen.getByText('╌■╌ 舒张压')).toBeTruthy()
  })

  it('says that there is nothing yet', () => {
    render(<LineChart title="血压" unit="" series={[series([])]} steady={5} />)

    expect(screen.queryByRole('img')).toBeNull()
    expect(screen.getByTestId('line-chart').textContent).toBe('血压还没有记录。')
  })
})
