import { cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TypeQuestion, TypeSizeChoice } from '@/features/settings'
import { forget, remember } from '@/platform/store'
import * as setting from '@/platform/type-setting'
import { Page } from '@/ui/page'
import { sizes } from '@/ui/tokens.gen'
import { sizeOf } from '@/ui/type-size'

afterEach(() => {
  cleanup()
  forget('type-size')
  forget('large-type')
})

const pageClass = () => screen.getByTestId('inside').closest('.page')?.className

const Shown = () => (
  <Page>
    <span data-testid="inside" />
    <TypeSizeChoice />
  </Page>
)

describe('the type size', () => {
  it('follows what is set in WeChat', () => {
    expect([null, 15, 16, 17, 19, 20, 22, 23.8].map(sizeOf)).toEqual([
      ...['standard', 'standard', 'standard', 'standard'],
      ...['large', 'large', 'largest', 'largest'],
    ])
    vi.spyOn(setting, 'typeSetting').mockReturnValue(23.8)
    render(<Shown />)

    expect(pageClass()).toContain('type-largest')
  })

  it('is what the person chose, whatever is set in WeChat, and is remembered', () => {
    vi.spyOn(setting, 'typeSetting').mockReturnValue(23.8)
    render(<Shown />)
    fireEvent.click(screen.getByTestId('type-size-large'))

    expect(pageClass()).toContain('type-large')
    cleanup()
    render(<Shown />)
    expect(pageClass()?.split(' ')).toContain('type-large')
    expect(screen.getByRole('radio', { checked: true }).getAttribute('aria-label')).toBe('大')
  })

  it('is large for whoever had turned large type on', () => {
    remember('large-type', true)
    render(<Shown />)

    expect(pageClass()?.split(' ')).toContain('type-large')
  })

  it('shows each word in its own size', () => {
    render(<TypeSizeChoice />)

    const px = ['标准', '大', '特大'].map((words) => screen.getByText(words).style.fontSize)
    expect(px).toEqual([
      `${sizes.standard.body}px`,
      `${sizes.large.body}px`,
      `${sizes.largest.body}px`,
    ])
  })
})

describe('要不要用大字', () => {
  it('stays while sizes are tried, and is not asked again once answered', () => {
    render(<TypeQuestion />)
    fireEvent.click(screen.getByTestId('type-size-largest'))
    expect(screen.getByTestId('type-question')).toBeTruthy()
    fireEvent.click(screen.getByTestId('type-answered'))
    expect(screen.queryByTestId('type-question')).toBeNull()

    cleanup()
    render(<TypeQuestion />)
    expect(screen.queryByTestId('type-question')).toBeNull()
  })

  it('is answered by leaving the size as it is, too', () => {
    render(<TypeQuestion />)
    fireEvent.click(screen.getByTestId('type-answered'))
    cleanup()
    render(<TypeQuestion />)

    expect(screen.queryByTestId('type-question')).toBeNull()
  })

  it('goes from a page that is still open when it is answered on another', () => {
    render(<TypeQuestion />)
    const elsewhere = render(<TypeSizeChoice />)
    fireEvent.click(within(elsewhere.container).getByTestId('type-size-large'))

    expect(screen.queryByTestId('type-question')).toBeNull()
  })

  it('is not asked of whoever chose on another page', () => {
    render(<TypeSizeChoice />)
    fireEvent.click(screen.getByTestId('type-size-standard'))
    cleanup()
    render(<TypeQuestion />)

    expect(screen.queryByTestId('type-question')).toBeNull()
  })
})
