import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type Figures,
  faultOf,
  isFull,
  type Key,
  missingOf,
  typed,
  valuesOf,
} from '@/lib/number-pad'
import { rememberPerson } from '@/offline/person'
import { DatePick } from '@/ui/form/date-pick'
import { Field } from '@/ui/form/field'
import { NumberPad } from '@/ui/form/number-pad'
import { SubmitBar } from '@/ui/form/submit-bar'
import { TextArea } from '@/ui/form/text-area'
import { useDraft } from '@/ui/form/use-draft'

afterEach(cleanup)

const PRESSURE = [
  { name: 'high', label: '高压', unit: '毫米汞柱', min: 60, max: 260, decimals: 0 },
  { name: 'low', label: '低压', unit: '毫米汞柱', min: 30, max: 160, decimals: 0 },
  { name: 'pulse', label: '心跳', unit: '次', min: 30, max: 220, decimals: 0 },
] as const
const SUGAR = [{ name: 'sugar', label: '血糖', unit: '', min: 1, max: 33.3, decimals: 1 }] as const

const keyed = (keys: string, field: (typeof PRESSURE)[number] | (typeof SUGAR)[number]) =>
  [...keys].reduce((text, key) => typed(text, (key === '<' ? 'back' : key) as Key, field), '')

describe('the number keys', () => {
  it.each([
    ['142', '142'],
    ['1428', '142'],
    ['0142', '142'],
    ['14.2', '142'],
    ['14<<<9', '9'],
  ])('make of %s without a point %s', (keys, text) => {
    expect(keyed(keys, PRESSURE[0])).toBe(text)
  })

  it.each([
    ['7.25', '7.2'],
    ['.5', '0.5'],
    ['7..2', '7.2'],
    ['123', '12'],
    ['7.<8', '78'],
  ])('make of %s with one digit after the point %s', (keys, text) => {
    expect(keyed(keys, SUGAR[0])).toBe(text)
  })

  it('go to the next figure when no further digit fits', () => {
    expect(['9', '14', '30', '142'].map((text) => isFull(text, PRESSURE[0]))).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(['12', '7.', '7.2'].map((text) => isFull(text, SUGAR[0]))).toEqual([false, false, true])
  })

  it('say what is out of bounds, and what is missing', () => {
    expect(faultOf('59', PRESSURE[0])).toBe('高压要在 60 到 260 之间，请再看一遍。')
    expect(faultOf('33.4', SUGAR[0])).toContain('1.0 到 33.3')
    expect(['60', '260', ''].map((text) => faultOf(text, PRESSURE[0]))).toEqual(['', '', ''])
    expect(missingOf({ high: '142' }, PRESSURE)).toBe('先填低压')
    expect(missingOf({ high: '14' }, PRESSURE)).toBe('先改高压')
    expect(valuesOf({ high: '142' }, PRESSURE)).toBeNull()
    expect(valuesOf({ high: '142', low: '88', pulse: '71' }, PRESSURE)).toEqual({
      high: 142,
      low: 88,
      pulse: 71,
    })
  })
})

function PressureForm({ onSubmit }: { onSubmit: (values: unknown) => void }) {
  const [figures, setFigures] = useState<Figures<'high' | 'low' | 'pulse'>>({})
  return (
    <>
      <NumberPad fields={PRESSURE} figures={figures} onChange={setFigures} />
      <SubmitBar
        words="记下"
        missing={missingOf(figures, PRESSURE)}
        onSubmit={() => onSubmit(valuesOf(figures, PRESSURE))}
      />
    </>
  )
}

const press = (keys: string) => {
  for (const key of keys) fireEvent.click(screen.getByTestId(`key-${key}`))
}

describe('a form', () => {
  it('takes three figures one after another, and says why it cannot be sent yet', () => {
    const onSubmit = vi.fn()
    render(<PressureForm onSubmit={onSubmit} />)
    const send = screen.getByRole('button', { name: '记下' }) as HTMLButtonElement
    expect(screen.queryByTestId('key-.')).toBeNull()
    expect(send.disabled).toBe(true)
    expect(screen.getByRole('status').textContent).toBe('先填高压')

    press('14288')
    expect(screen.getByTestId('figure-high').textContent).toContain('142')
    expect(screen.getByRole('status').textContent).toBe('先填心跳')
    fireEvent.click(screen.getByTestId('figure-pulse'))
    press('71')
    fireEvent.click(send)

    expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ high: 142, low: 88, pulse: 71 })
  })

  it('says of a figure that is left what is wrong with it', () => {
    render(<PressureForm onSubmit={vi.fn()} />)
    press('269')

    expect(screen.getByRole('alert').textContent).toContain('60 到 260')
  })

  it('offers the point where there are decimals', () => {
    const onChange = vi.fn()
    render(<NumberPad fields={SUGAR} figures={{ sugar: '7' }} onChange={onChange} />)
    fireEvent.click(screen.getByTestId('key-.'))

    expect(onChange).toHaveBeenCalledExactlyOnceWith({ sugar: '7.' })
  })

  it('shows what is asked, what helps and what is wrong', () => {
    const { container } = render(
      <Field label="体重" hint="不穿鞋" error="太轻了">
        <i />
      </Field>,
    )

    expect(container.textContent).toBe('体重不穿鞋太轻了')
    expect(screen.getByRole('alert').textContent).toBe('太轻了')
  })

  it('picks a day between two', () => {
    const onPick = vi.fn()
    render(
      <DatePick label="哪一天" day="2026-03-05" last="2026-03-09" onPick={onPick} testId="day" />,
    )
    const wheel = screen.getByTestId('day') as HTMLInputElement
    fireEvent.change(wheel, { target: { value: '2026-03-01' } })

    expect(wheel.max).toBe('2026-03-09')
    expect(screen.getByRole('button').getAttribute('aria-label')).toBe('哪一天，3月5日 星期四')
    expect(onPick).toHaveBeenCalledExactlyOnceWith('2026-03-01')
  })
})

function Question() {
  const draft = useDraft('question')
  return (
    <>
      <TextArea label="问题" draft={draft} longest={30} testId="question" />
      <button type="button" onClick={draft.drop}>
        发
      </button>
    </>
  )
}

const written = () => (screen.getByTestId('question') as HTMLTextAreaElement).value

describe('a draft', () => {
  const write = (value: string) =>
    fireEvent.change(screen.getByTestId('question'), { target: { value } })

  it('is there again on the next opening, until it was sent', () => {
    rememberPerson('p1')
    render(<Question />)
    write('头晕')
    cleanup()
    render(<Question />)
    expect(written()).toBe('头晕')

    fireEvent.click(screen.getByText('发'))
    cleanup()
    render(<Question />)
    expect(written()).toBe('')
  })

  it('is not shown to another person', () => {
    rememberPerson('p1')
    render(<Question />)
    write('头晕')
    cleanup()
    rememberPerson('p2')
    render(<Question />)

    expect(written()).toBe('')
  })

  it('says how much room is left when there is little', () => {
    const { container } = render(<Question />)
    expect(container.textContent).not.toContain('还能写')
    write('一二三四五六七八九十')

    expect(container.textContent).toContain('还能写 20 个字')
  })
})
