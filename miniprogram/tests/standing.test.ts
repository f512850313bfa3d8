import { describe, expect, it } from 'vitest'
import type { DoseState } from '@/api/types'
import { isAnswered } from '@/features/doses/begin-filming'
import type { AnswerItem, FilmItem } from '@/features/doses/offline'
import { stoppedOf } from '@/features/doses/severe'
import { standingOf } from '@/features/doses/standing'
import { tabletWords } from '@/features/doses/words'
import { VERSION } from '@/offline/items'
import { makeCard } from './factories'
import { film, noSymptoms } from './outbox/phone'

const waiting = {
  v: VERSION,
  id: 'k1',
  person: 'p1',
  stage: 'queued' as const,
  files: [],
  created_at: 0,
  attempts: 0,
  retry_at: 0,
  refusal: null,
}
const filmItem = (change: Partial<FilmItem> = {}): FilmItem =>
  ({ ...film, ...waiting, ...change }) as FilmItem
const answer = (severe: boolean, change: Partial<AnswerItem['about']> = {}): AnswerItem =>
  ({ ...noSymptoms, about: { ...noSymptoms.about, severe, ...change }, ...waiting }) as AnswerItem
const idle = () => false

describe('standingOf', () => {
  it.each<[DoseState, boolean, string, string]>([
    ['open', true, '待服药', 'film'],
    ['upcoming', false, '还没到时间', 'none'],
    ['pending_review', false, '等医生看', 'none'],
    ['observed', false, '已确认服药', 'none'],
    ['rejected', true, '没通过', 'film-again'],
    ['rejected', false, '没通过', 'none'],
    ['self_reported', false, '自己报告', 'none'],
    ['self_reported', true, '自己报告', 'film-late'],
  ])('%s, can film: %s', (state, can_film, word, next) => {
    expect(standingOf(makeCard({ state, can_film }), [], idle)).toMatchObject({ word, next })
  })

  it('counts what waits on the phone before what the server knew', () => {
    expect(standingOf(makeCard(), [filmItem()], idle)).toMatchObject({
      word: '待发送',
      next: 'wait',
    })
    expect(standingOf(makeCard(), [filmItem()], () => true).word).toBe('正在发送')
  })

  it('offers a kept draft instead of a second filming', () => {
    expect(standingOf(makeCard(), [filmItem({ stage: 'draft' })], idle).next).toBe('send-draft')
  })

  it('shows a refusal', () => {
    const refused = filmItem({ refusal: { type: 'file-lost' } })
    expect(standingOf(makeCard(), [refused], idle)).toMatchObject({
      word: '没发出去',
      next: 'outbox',
    })
  })

  it('stops the filming after a severe answer, sent or not', () => {
    expect(standingOf(makeCard(), [answer(true)], idle).next).toBe('severe')
    const told = makeCard({ can_film: false, severe: true })
    expect(standingOf(told, [], idle).next).toBe('severe')
  })

  it('says so of a dose that the answer to another one stopped', () => {
    const held = makeCard({ dose_id: 'd2', state: 'held', can_film: false, severe: true })
    expect(standingOf(held, [], idle)).toMatchObject({ word: '不舒服，先别服药', next: 'severe' })
    const pause = makeCard({ state: 'held', can_film: false })
    expect(standingOf(pause, [], idle)).toMatchObject({ word: '医生让暂停', next: 'none' })
    const taken = makeCard({ state: 'observed', can_film: false, severe: true })
    expect(standingOf(taken, [], idle).next).toBe('none')
  })

  it('stops what the symptom is listed for, from the day of the answer, before it is sent', () => {
    const unsent = answer(true, { stops: ['tuberculosis'] })
    const evening = makeCard({ dose_id: 'd2', slot: 'evening' })
    const tomorrow = makeCard({ dose_id: 'd3', due_on: '2026-11-23', state: 'upcoming' })
    expect(standingOf(evening, [unsent], idle)).toMatchObject({ next: 'severe', itemId: 'k1' })
    expect(standingOf(tomorrow, [unsent], idle).next).toBe('severe')
    const others = [
      makeCard({ dose_id: 'd4', condition: 'hypertension' }),
      makeCard({ dose_id: 'd5', due_on: '2026-11-21' }),
      makeCard({ dose_id: 'd6', state: 'observed', can_film: false }),
    ]
    for (const card of others) {
      expect(standingOf(card, [unsent], idle).next, card.dose_id).not.toBe('severe')
    }
  })

  it('ignores what belongs to another dose', () => {
    expect(
      standingOf(makeCard(), [filmItem({ about: { ...film.about, dose_id: 'd2' } })], idle).next,
    ).toBe('film')
  })
})

describe('stoppedOf', () => {
  it('names what stands still and what goes on, each once', () => {
    const held = { state: 'held' as const, can_film: false, severe: true }
    const cards = [
      makeCard(held),
      makeCard({ dose_id: 'd2', ...held }),
      makeCard({ dose_id: 'd3', treatment_name: '高血压', condition: 'hypertension' }),
    ]
    const told = { stopped: ['肺结核强化期治疗'], goingOn: ['高血压'] }
    const notAsked = (['held', 'cancelled', 'missed'] as const).map((state) =>
      makeCard({ dose_id: state, treatment_name: `停了的${state}`, state, can_film: false }),
    )
    expect(stoppedOf([...cards, ...notAsked], [])).toEqual(told)
    expect(stoppedOf(cards, [])).toEqual(told)
    const before = cards.map((card) => ({ ...card, state: 'open' as const, severe: false }))
    expect(stoppedOf(before, [])).toEqual({ stopped: [], goingOn: ['肺结核强化期治疗', '高血压'] })
    expect(stoppedOf(before, [answer(true, { stops: ['tuberculosis'] })])).toEqual(told)
  })
})

describe('isAnswered', () => {
  it('asks about side effects once per dose, also with no signal', () => {
    expect(isAnswered(makeCard(), [])).toBe(false)
    expect(isAnswered(makeCard(), [answer(false)])).toBe(true)
    expect(isAnswered(makeCard({ side_effects_answered: true }), [])).toBe(true)
  })
})

describe('tabletWords', () => {
  it.each([
    ['3', '3 片'],
    ['3.0', '3 片'],
    ['0.5', '半片'],
    ['1.5', '1 片半'],
    ['2.50', '2 片半'],
    ['0.25', '四分之一片'],
    ['0.75', '四分之三片'],
    ['1.25', '1 片又四分之一'],
    ['0.3', '0.3 片'],
  ])('%s is %s', (tablets, words) => {
    expect(tabletWords(tablets)).toBe(words)
  })
})
