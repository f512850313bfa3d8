import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Pages, usePages } from '@/api/use-pages'
import { offline } from '@/lib/problem'
import { Older } from '@/ui/older'

interface Page {
  items: string[]
  next_cursor: string | null
}
let last: Pages<Page>

function List({ fetch }: { fetch: (cursor: string | null) => Promise<Page> }) {
  last = usePages(fetch)
  return (
    <>
      <div data-testid="items">{last.items.join(' ')}</div>
      <Older of={last} testId="older" />
    </>
  )
}

const items = () => screen.getByTestId('items').textContent
const page = (names: string, next_cursor: string | null): Page => ({
  items: names.split(' '),
  next_cursor,
})
const open = async (fetch: (cursor: string | null) => Promise<Page>) =>
  act(async () => void render(<List fetch={fetch} />))
const older = async () => act(async () => screen.getByTestId('older').click())

afterEach(cleanup)

describe('a list that comes page by page', () => {
  it('goes on to a line that says there is no more', async () => {
    const fetch = vi.fn(async (cursor: string | null) =>
      cursor === null ? page('a b', '1') : page('c', null),
    )
    await open(fetch)
    expect(screen.getByTestId('older').textContent).toBe('看更早的')
    await older()

    expect(items()).toBe('a b c')
    expect(screen.getByText('没有更早的了')).toBeTruthy()
    expect(screen.queryByTestId('older')).toBeNull()
  })

  it('says nothing of older ones where the first page is all', async () => {
    await open(async () => page('a', null))

    expect(screen.queryByTestId('older')).toBeNull()
    expect(screen.queryByText('没有更早的了')).toBeNull()
  })

  it('keeps what there is when older ones fail, and tries the same again', async () => {
    const fetch = vi
      .fn(async (_: string | null) => page('b', null))
      .mockResolvedValueOnce(page('a', '1'))
      .mockRejectedValueOnce(offline())
    await open(fetch)
    await older()
    expect(items()).toBe('a')
    expect(screen.getByTestId('problem')).toBeTruthy()
    expect(screen.getByTestId('older').textContent).toBe('再试一次')
    await older()

    expect(fetch.mock.calls.map(([cursor]) => cursor)).toEqual([null, '1', '1'])
    expect(items()).toBe('a b')
    expect(screen.queryByTestId('problem')).toBeNull()
  })

  it('asks once for a double tap', async () => {
    const fetch = vi.fn(async (cursor: string | null) => page(cursor ?? 'a', cursor ? null : '1'))
    await open(fetch)
    await act(async () => {
      void last.fetchOlder()
      void last.fetchOlder()
    })

    expect(fetch).toHaveBeenCalledTimes(2)
    expect(items()).toBe('a 1')
  })

  it('drops older ones that come after the list was begun anew', async () => {
    let answer: (found: Page) => void = () => undefined
    const slow = new Promise<Page>((resolve) => {
      answer = resolve
    })
    const fetch = vi.fn((cursor: string | null) =>
      cursor === null ? Promise.resolve(page('a', '1')) : slow,
    )
    await open(fetch)
    await older()
    await act(async () => void last.reload())
    await act(async () => answer(page('late', null)))

    expect(items()).toBe('a')
  })
})
