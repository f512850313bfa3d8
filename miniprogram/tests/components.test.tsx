import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CalendarMonth } from '@/api/types'
import { useAction } from '@/api/use-action'
import { stateOfDay, weeksOf } from '@/features/calendar/month'
import { countLines } from '@/features/calendar/rates'
import { RatesCard } from '@/features/calendar/rates-card'
import { VerdictNote, VerdictStill } from '@/features/doses/verdict-note'
import { drugLine, pillWords, strengthWords } from '@/features/doses/words'
import { guideSteps, stepAt } from '@/features/filming/steps'
import { base64 } from '@/lib/base64'
import { sceneValue } from '@/lib/scene'
import { BigButton } from '@/ui/big-button'
import { iconImage } from '@/ui/icon-shapes'
import { makeCard } from './factories'

afterEach(cleanup)

function Sender({ work }: { work: () => Promise<void> }) {
  const send = useAction(work)
  return (
    <BigButton testId="send" busy={send.busy} onTap={send.run}>
      {send.problem ? '没成功' : '发送'}
    </BigButton>
  )
}

describe('a button', () => {
  it('does its work once for a double tap', async () => {
    let finish: () => void = () => undefined
    const work = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    render(<Sender work={work} />)
    const button = screen.getByTestId('send')

    act(() => {
      button.click()
      button.click()
    })
    expect(work).toHaveBeenCalledTimes(1)
    await act(async () => finish())
    expect(button.textContent).toBe('发送')
  })

  it('shows that its work failed, and can be used again', async () => {
    render(<Sender work={async () => Promise.reject(new Error('x'))} />)
    await act(async () => screen.getByTestId('send').click())
    expect(screen.getByTestId('send').textContent).toBe('没成功')
  })
})

describe('a rejected film', () => {
  it('shows the still, the reason, and how to do better', () => {
    const recording = {
      recording_id: 'r',
      state: 'ready' as const,
      uploaded_at: null,
      problem: null,
      verdict: 'rejected' as const,
      reason: 'too_dark' as const,
      comment: '开灯',
      still_url: '/still.jpg',
    }
    render(
      <>
        <VerdictNote recording={recording} />
        <VerdictStill recording={recording} />
      </>,
    )
    expect(screen.getByTestId('still').getAttribute('src')).toBe('/still.jpg')
    expect(screen.getByTestId('verdict-note').textContent).toContain('光线太暗')
    expect(screen.getByTestId('verdict-note').textContent).toContain('开灯')
    const still = screen.getByRole('img', { name: '您视频里的一个画面' })
    fireEvent.error(still)
    expect(screen.queryByText('医生看到这里：')).toBeNull()
  })
})

describe('the strength of a drug', () => {
  it('may be broken after a slash, never within a figure', () => {
    expect(strengthWords('H75/R150 mg')).toBe('H75/\u200bR150\u00a0mg')
    const drug = { name: '异烟肼片', strength: '100 mg', tablets: '3' }
    expect(drugLine(drug)).toBe('异烟肼片（100\u00a0mg） 3\u00a0片')
    expect(pillWords([drug])).toBe('异烟肼片 3\u00a0片')
    const other = { ...drug, strength: '100 mg', tablets: '1' }
    expect(pillWords([{ ...drug, strength: '300 mg' }, other])).toBe(
      '异烟肼片（300\u00a0mg） 3\u00a0片，异烟肼片（100\u00a0mg） 1\u00a0片',
    )
  })
})

describe('the calendar', () => {
  const november = (days: CalendarMonth['days']) =>
    ({ month: '2026-11', days }) as unknown as CalendarMonth

  it('starts its weeks on Monday', () => {
    const weeks = weeksOf(november([]))
    expect(weeks[0]?.map((day) => day?.on ?? null)).toEqual([
      ...new Array(6).fill(null),
      '2026-11-01',
    ])
    expect(weeks.every((week) => week.length === 7)).toBe(true)
    expect(weeks).toHaveLength(6)
  })

  it('has a cell for every day, also where the plan skips days', () => {
    const doses = [makeCard()]
    const cells = weeksOf(november([{ on: '2026-11-18', doses }])).reduce((a, b) => a.concat(b))
    expect(cells.filter(Boolean)).toHaveLength(30)
    expect(cells.find((day) => day?.on === '2026-11-18')?.doses).toBe(doses)
    expect(cells.find((day) => day?.on === '2026-11-19')?.doses).toEqual([])
  })

  it('lets the most urgent dose speak for its day', () => {
    expect(stateOfDay([makeCard({ state: 'observed' }), makeCard({ state: 'missed' })])).toBe(
      'missed',
    )
    expect(stateOfDay([])).toBeNull()
  })
})

describe('the rates', () => {
  const rates = {
    closed: 50,
    observed: 40,
    verified: 42,
    reported: 45,
    unreviewed: 5,
    by_film: true,
    observed_rate: 0.8,
    verified_rate: 0.84,
    reported_rate: 0.9,
    unreviewed_rate: 0.1,
    observed_rate_max: 0.9,
  }

  it('are told as counts that add up to what was due', () => {
    const told = countLines(rates).map(({ name, count }) => [name, count])
    expect(told).toEqual([
      ['verified', 42],
      ['reported', 3],
      ['unreviewed', 5],
    ])
    const missed = countLines({ ...rates, unreviewed: 0 })
    expect(missed.reduce((sum, line) => sum + line.count, 0)).toBe(50)
    expect(missed.at(-1)).toMatchObject({ name: 'nothing', count: 5 })
  })

  const pills = {
    treatment_id: 't1',
    name: '降压药',
    condition: 'hypertension',
    running: true,
    rates,
  }
  const tb = { ...pills, treatment_id: 't2', name: '抗结核方案', condition: 'tuberculosis' }
  const old = { ...tb, treatment_id: 't3', name: '旧方案', running: false }
  const month = { month: '2026-09', days: [], treatments: [tb, pills, old] } as CalendarMonth

  it('are those of each treatment, and ended ones stand apart', () => {
    render(<RatesCard month={month} adherence={null} />)
    expect(screen.getAllByTestId('rates-of').map((of) => of.textContent)).toEqual([
      expect.stringContaining('抗结核方案'),
      expect.stringContaining('降压药'),
    ])

    act(() => screen.getByTestId('rates-before').click())
    expect(screen.getAllByTestId('rates-of')[2]?.textContent).toContain('旧方案')
  })

  it('of a month that an older version remembered are not there yet', () => {
    const { treatments: _, ...before } = month
    render(<RatesCard month={before as CalendarMonth} adherence={null} />)
    expect(screen.getByText('还没有读到，请往下拉一拉。')).toBeTruthy()
  })
})

describe('small things', () => {
  it('reads the scene of a Mini Program code', () => {
    expect(sceneValue('b=ABCD2345', 'b')).toBe('ABCD2345')
    expect(sceneValue('s=ABCDEFGH2345', 'b')).toBe('')
  })

  it('guides through every step and stays at the last', () => {
    expect([0, 5, 11, 16, 24, 59].map(stepAt)).toEqual([0, 1, 2, 3, 4, guideSteps(true).length - 1])
  })

  it('encodes its icons as btoa would', () => {
    for (const text of ['', 'a', 'ab', 'abc', 'abcd']) expect(base64(text)).toBe(btoa(text))
    expect(base64('收缩压')).toBe('5pS257yp5Y6L')
    expect(iconImage('check', '#0f7b4f', '#ffffff')).toMatch(/^data:image\/svg\+xml;base64,/)
  })
})
