import '@/register'
import Taro from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DoseCard } from '@/api/types'
import { mustAskFirst } from '@/features/doses/ask-first'
import { itemOf } from '@/features/doses/card-state'
import { DayDone } from '@/features/doses/day-done'
import { hourWords } from '@/features/doses/offered'
import { aboutOf, newItem, type ReportItem } from '@/features/doses/offline'
import { TodayCard } from '@/features/today/today-card'
import { instantOf } from '@/lib/time'
import { rememberContacts } from '@/offline/contacts'
import { theOutbox } from '@/offline/use-outbox'
import { learnTime } from '@/platform/clock'
import { readAnew } from '@/platform/store'
import { makeCard } from './factories'

const at = (hour: string) => `2026-11-22T${hour}:00+08:00`
const morning = makeCard({ dose_id: 'm', due_at: at('08:00') })
const evening = makeCard({ dose_id: 'e', slot: 'evening', due_at: at('18:00') })
const me = { on_call_phone: null, team_phone: '023-1', institution_phone: null }

function show(cards: DoseCard[], hour: string) {
  vi.setSystemTime(instantOf(at(hour)))
  const items = cards.map((card) => itemOf(card, Date.now()))
  render(
    items.map((item) => <TodayCard key={item.ref.id} item={item} today="2026-11-22" all={items} />),
  )
}
const has = (id: string) => screen.queryByTestId(id) !== null

beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(instantOf(at('08:00')))
  Taro.clearStorageSync()
  readAnew()
  learnTime(at('08:00'))
  vi.mocked(Taro.navigateTo).mockClear()
})
afterEach(async () => {
  cleanup()
  await act(async () => vi.advanceTimersByTime(5_000)) // until the way is free again
  vi.useRealTimers()
})

describe('the doses of a day', () => {
  it('has the next one open, a later one as a line with its hour', () => {
    show([morning, evening], '08:00')
    expect([has('dose-card-morning'), has('dose-card-evening')]).toEqual([true, false])
    expect(screen.getByTestId('dose-later-evening').textContent).toContain('晚上 6:00 · 四联片')
    expect(screen.getAllByTestId('film-start')).toHaveLength(1)
  })

  it('opens the later one two hours before its hour', () => {
    show([morning, evening], '15:59')
    expect(has('dose-card-evening')).toBe(false)
    cleanup()
    show([morning, evening], '16:00')
    expect(has('dose-card-evening')).toBe(true)
  })

  it('opens it when nothing comes before it any more', () => {
    show([{ ...morning, state: 'pending_review', can_film: false }, evening], '09:00')
    expect(has('dose-card-evening')).toBe(true)
  })

  it('keeps it open when its film waits', () => {
    const item = newItem<ReportItem>('report', aboutOf(evening), {} as never, null)
    vi.spyOn(theOutbox(), 'all').mockReturnValue([{ ...item, stage: 'queued', id: 'x' } as never])
    show([morning, evening], '09:00')
    expect(has('dose-card-evening')).toBe(true)
  })

  it('says hours as people say them', () => {
    const words = (slot: DoseCard['slot'], hour: string) => hourWords({ slot, due_at: at(hour) })
    expect(words('morning', '07:30')).toBe('早上 7:30')
    expect(words('noon', '12:30')).toBe('中午 12:30')
    expect(words('noon', '13:00')).toBe('中午 1:00')
    expect(words('bedtime', '22:00')).toBe('睡前 10:00')
  })
})

describe('whether it was taken already', () => {
  it('is asked by a phone that has not heard the server since the window opened', async () => {
    expect(mustAskFirst(morning)).toBe(false)
    learnTime(at('03:59'))
    show([morning], '08:00')
    await act(async () => screen.getByTestId('film-start').click())
    expect(Taro.navigateTo).not.toHaveBeenCalled()
    await act(async () => screen.getByTestId('not-taken-yet').click())
    expect(vi.mocked(Taro.navigateTo).mock.calls[0]?.[0].url).toContain('side-effects')
  })

  it('is asked by every helper’s phone, and taken leads to the report', async () => {
    rememberContacts({ ...me, relation: 'guardian' })
    show([morning], '08:00')
    await act(async () => screen.getByTestId('film-start').click())
    expect(has('call-doctor')).toBe(true)
    await act(async () => screen.getByTestId('taken-before').click())
    expect(vi.mocked(Taro.navigateTo).mock.calls[0]?.[0].url).toContain('cannot-film')
    expect(has('dialog')).toBe(false)
  })

  it('is not asked of the patient whose phone knows', async () => {
    show([morning], '08:00')
    await act(async () => screen.getByTestId('film-start').click())
    expect(has('dialog')).toBe(false)
    expect(Taro.navigateTo).toHaveBeenCalledOnce()
  })
})

describe('the end of a day', () => {
  const seen = (card: DoseCard): DoseCard => ({ ...card, state: 'pending_review', can_film: false })
  const outbox = () => theOutbox()
  const words = () => screen.queryByTestId('day-done')?.textContent ?? null

  it('is said when everything is filmed, and what is still to come when not', () => {
    render(<DayDone cards={[seen(morning), seen(evening)]} outbox={outbox()} />)
    expect(words()).toBe('拍好了，今天的任务完成')
    cleanup()
    render(<DayDone cards={[seen(morning), evening]} outbox={outbox()} />)
    expect(words()).toBe('拍好了，还有晚上 6:00 的药')
  })

  it('is said of a film that waits for a network, too', () => {
    const waits = (kind: 'film' | 'report') => {
      const item = newItem(kind, aboutOf(morning), {} as never, null)
      vi.spyOn(theOutbox(), 'all').mockReturnValue([{ ...item, id: 'x', stage: 'queued' } as never])
      render(<DayDone cards={[morning]} outbox={outbox()} />)
    }
    waits('film')
    expect(words()).toBe('拍好了，今天的任务完成已经存好，有网络就自动发。')
    cleanup()
    waits('report')
    expect(words()).toContain('记好了')
  })

  it('is not said before anything was done, nor over what went wrong', () => {
    const cases = [
      [morning],
      [seen(morning), { ...evening, state: 'rejected' as const }],
      [seen(morning), { ...evening, state: 'missed' as const, can_film: false }],
    ]
    for (const cards of cases) {
      render(<DayDone cards={cards} outbox={outbox()} />)
      expect(words()).toBeNull()
      cleanup()
    }
  })
})
