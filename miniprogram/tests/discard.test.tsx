import '@/register'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OutboxRow } from '@/features/outbox/outbox-row'
import type { Refusal } from '@/offline/items'
import { theOutbox } from '@/offline/use-outbox'
import { makeCard } from './factories'

const shown = (id: string) => screen.queryByTestId(id) !== null
const tap = (id: string) => act(async () => screen.getByTestId(id).click())

/** Shows one thing that was refused; answers what was thrown away. */
function refused(refusal: Refusal, kind = 'film') {
  const files = kind === 'film' ? [{ id: 'f', size: 9, source: '' }] : []
  const item = { id: 'x', kind, refusal, stage: 'queued', about: makeCard(), files }
  const outbox = theOutbox()
  const discarded = vi.spyOn(outbox, 'discard').mockResolvedValue()
  render(<OutboxRow item={item as never} outbox={outbox} />)
  return discarded
}

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

describe('throwing away what was refused', () => {
  it('asks first where the film may still be sent, and keeps it at a slip of the hand', async () => {
    const discarded = refused({ type: 'consent-required' })
    await tap('outbox-discard')
    expect(shown('dialog')).toBe(true)
    await tap('discard-not')
    expect([shown('dialog'), discarded.mock.calls.length]).toEqual([false, 0])
    await tap('outbox-discard')
    await tap('discard-sure')
    expect(discarded).toHaveBeenCalledWith('x')
  })

  it('asks nothing where it adds nothing any more, is lost, or was only words', async () => {
    for (const [refusal, kind] of [
      [{ type: 'dose-not-open', reason: 'settled' }, 'film'],
      [{ type: 'film-replaced' }, 'film'],
      [{ type: 'file-lost' }, 'film'],
      [{ type: 'dose-not-open', reason: 'too-late' }, 'report'],
    ] as const) {
      const discarded = refused(refusal, kind)
      await tap('outbox-discard')
      expect([shown('dialog'), discarded.mock.calls.length]).toEqual([false, 1])
      cleanup()
      vi.restoreAllMocks()
    }
  })
})
