/** Taro's base components as plain HTML, so that tests see what a person would read and tap. */
import type { CSSProperties, ReactNode } from 'react'

interface Props {
  children?: ReactNode
  className?: string
  style?: CSSProperties
  onClick?: () => void
  disabled?: boolean
  src?: string
  value?: string
  onInput?: (event: { detail: { value: string } }) => void
  maxlength?: number
  placeholder?: string
  mode?: string
  onError?: () => void
  nativeProps?: Record<string, unknown>
  start?: string
  end?: string
  onChange?: (event: { detail: { value: string } }) => void
  'data-testid'?: string
}

/** What a screen reader is told. */
const said = (p: Props) =>
  Object.fromEntries(Object.entries(p).filter(([name]) => /^(role|aria-)/.test(name)))

const box = (p: Props) => (
  // biome-ignore lint/a11y/noStaticElementInteractions: stands for Taro's own element
  // biome-ignore lint/a11y/useKeyWithClickEvents: stands for Taro's own element
  <div
    className={p.className}
    style={p.style}
    onClick={p.onClick}
    data-testid={p['data-testid']}
    {...said(p)}
  >
    {p.children}
  </div>
)
export const View = box
export const Video = box
export const Text = (p: Props) => (
  <span className={p.className} style={p.style} data-testid={p['data-testid']}>
    {p.children}
  </span>
)
export const Image = (p: Props) => (
  <img
    className={p.className}
    src={p.src}
    onError={p.onError}
    {...said(p)}
    alt={String(p.nativeProps?.alt ?? '')}
    data-testid={p['data-testid']}
  />
)
export const Button = (p: Props) => (
  <button type="button" disabled={p.disabled} onClick={p.onClick} data-testid={p['data-testid']}>
    {p.children}
  </button>
)
export const Input = (p: Props) => (
  <input
    value={p.value}
    data-testid={p['data-testid']}
    onChange={(event) => p.onInput?.({ detail: { value: event.target.value } })}
  />
)
export const Textarea = (p: Props) => (
  <textarea
    value={p.value}
    data-testid={p['data-testid']}
    {...said(p)}
    onChange={(event) => p.onInput?.({ detail: { value: event.target.value } })}
  />
)
export const Picker = (p: Props) => (
  <div>
    <input
      type="date"
      min={p.start}
      max={p.end}
      value={p.value}
      data-testid={p['data-testid']}
      onChange={(event) => p.onChange?.({ detail: { value: event.target.value } })}
    />
    {p.children}
  </div>
)
