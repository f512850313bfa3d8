import { describe, expect, it } from 'vitest'
import type { DoseState } from '@/api/types'
import { isAnswered } from '@/features/doses/begin-filming'
import { standingOf } from '@/features/doses/standing'
import { tabletWords } from '@/features/doses/words'
import type { FilmItem, SideEffectItem } from '@/features/outbox/items'
import { makeCard } from './factories'
import { film, noSymptoms } from './outbox/phone'

const waiting = { id: 'k1', person: 'p1', created_at: 0, attempts: 0, retry_at: 0, refusal: null }
const filmItem = (change: Partial<FilmItem> = {}): FilmItem => ({
  ...film,
  ...waiting,
  kind: 'film',
  stage: 'queued',
  recording_id: null,
  sent_at: null,
  ...change,
})
const answer = (severe: boolean): SideEffectItem => ({ ...noSymptoms, ...waiting, severe })
const idle = () => false

describe('standingOf', () => {
  it.each<[DoseState, boolean, string, string]>([
    ['open', true, '待服药', 'film'],
    ['upcoming', false, '还没到时间', 'none'],
    ['pending_review', false, '待审核', 'none'],
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
    const refused = filmItem({ refusal: { type: 'film-lost', words: '…' } })
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

  it('ignores what belongs to another dose', () => {
    expect(standingOf(makeCard(), [filmItem({ dose_id: 'd2' })], idle).next).toBe('film')
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
