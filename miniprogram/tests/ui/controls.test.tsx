import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Choice } from '@/ui/choice'
import { Icon } from '@/ui/icon'
import { Page } from '@/ui/page'
import { Progress } from '@/ui/progress'
import { RadioGroup } from '@/ui/radio'
import { Result } from '@/ui/result'
import { Row } from '@/ui/row'
import { Switch } from '@/ui/switch'
import { TabBar } from '@/ui/tab-bar'
import { palettes } from '@/ui/tokens.gen'

afterEach(cleanup)

const CHOICES = [
  { name: 'a', words: '没有手机', hint: '借给别人了' },
  { name: 'b', words: '别的' },
] as const

const drawn = (element: Element) => atob(element.getAttribute('src')?.split(',')[1] ?? '')

describe('one of many', () => {
  it('is a group of radios of which one is checked', () => {
    const onChoose = vi.fn()
    render(
      <RadioGroup label="为什么" choices={CHOICES} chosen="a" onChoose={onChoose} testId="why" />,
    )

    expect(screen.getByRole('radiogroup', { name: '为什么' })).toBeTruthy()
    const [first, second] = screen.getAllByRole('radio')
    expect(first?.getAttribute('aria-checked')).toBe('true')
    expect(first?.getAttribute('aria-label')).toBe('没有手机，借给别人了')
    expect(second?.getAttribute('aria-checked')).toBe('false')
    fireEvent.click(screen.getByTestId('why-b'))
    expect(onChoose).toHaveBeenCalledExactlyOnceWith('b')
  })

  it('has its tick on the right', () => {
    render(<RadioGroup label="" choices={CHOICES} chosen="a" onChoose={vi.fn()} testId="why" />)

    expect(screen.getByTestId('why-a').lastElementChild?.tagName).toBe('IMG')
  })
})

describe('what is said of the other controls', () => {
  it('a checkbox, checked or not', () => {
    render(<Choice label="头晕" chosen onTap={vi.fn()} />)

    expect(screen.getByRole('checkbox', { name: '头晕', checked: true })).toBeTruthy()
  })

  it('a switch turns to the other side and says which it is on', () => {
    const onTurn = vi.fn()
    render(<Switch label="提醒" on={false} onTurn={onTurn} testId="remind" />)

    expect(screen.getByTestId('remind').textContent).toBe('提醒关')
    expect(screen.getByRole('switch', { name: '提醒', checked: false })).toBeTruthy()
    fireEvent.click(screen.getByTestId('remind'))
    expect(onTurn).toHaveBeenCalledExactlyOnceWith(true)
  })

  it('how far something is', () => {
    render(<Progress percent={40} words="正在发送" />)

    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40')
  })

  it('a result is read out by itself, and has one button', () => {
    const onTap = vi.fn()
    render(
      <Result title="拍好了" action={{ words: '回到今日', onTap }}>
        今天的任务完成。
      </Result>,
    )

    expect(screen.getByRole('status').textContent).toBe('拍好了')
    fireEvent.click(screen.getByRole('button', { name: '回到今日' }))
    expect(onTap).toHaveBeenCalledTimes(1)
  })
})

describe('what a browser is told of', () => {
  it('tabs, of which one is selected', () => {
    render(<TabBar current="calendar" />)

    expect(screen.getByRole('tablist')).toBeTruthy()
    expect(screen.getByRole('tab', { selected: true })).toBe(screen.getByTestId('tab-calendar'))
    expect(screen.getByTestId('tab-today').hasAttribute('aria-checked')).toBe(false)
  })

  it('a row: its arrow stays with the value', () => {
    render(<Row label="团队电话" value="13983001234" onTap={vi.fn()} testId="phone" />)

    expect(screen.getByText('13983001234').parentElement?.querySelector('img')).toBeTruthy()
  })
})

describe('an icon', () => {
  it('is drawn in the colours of its page', () => {
    const { container } = render(
      <Page dark>
        <Icon name="check" tone="ok" />
      </Page>,
    )
    const picture = container.querySelector('img')

    expect(picture && drawn(picture)).toContain(palettes.dark.ok)
    expect(picture && drawn(picture)).toContain(palettes.dark.on)
  })
})
