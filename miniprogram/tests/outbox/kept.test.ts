import { describe, expect, it } from 'vitest'
import { ApiProblem } from '@/lib/problem'
import {
  answerOf,
  fileOf,
  film,
  filmOf,
  noSignal,
  noSymptoms,
  settle,
  World,
  wordOf,
} from './phone'

const TEN_DAYS = 10 * 86_400_000
const closed = Date.parse('2026-11-23T03:00:00+08:00')

describe('what the server has confirmed', () => {
  const card = { dose_id: 'd1', revision: 3, state: 'open', can_film: true }

  it('stays confirmed over an older card, also after a restart', async () => {
    const world = new World()
    const outbox = world.open()
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()

    const before = world.known
    world.open()
    for (const known of [before, world.known]) {
      expect(known.applied('dose:d1', card)).toMatchObject({ state: 'processing', can_film: false })
    }
  })

  it('gives way to a card of the same revision, and of a higher one', async () => {
    const world = new World()
    const outbox = world.open()
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()

    for (const revision of [4, 5]) {
      expect(world.known.applied('dose:d1', { ...card, revision }).state).toBe('open')
    }
  })

  it('is no other dose’s', async () => {
    const world = new World()
    const outbox = world.open()
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()

    expect(world.known.applied('dose:d2', card).state).toBe('open')
  })

  it('is no other person’s', async () => {
    const world = new World()
    const outbox = world.open()
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()
    world.remembered = 'p2'

    expect(world.known.applied('dose:d1', card).state).toBe('open')
  })

  it('holds when the server only says that it has the film already', async () => {
    const world = new World()
    const outbox = world.open()
    const told = { dose_revision: 7 }
    world.failures = [new ApiProblem({ type: 'film-already-sent', title: '', status: 409, told })]
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()

    expect(outbox.all()).toEqual([])
    expect(world.films.size).toBe(0)
    // Another phone's announcement, seen before its film had come.
    expect(world.known.applied('dose:d1', { ...card, revision: 6 }).can_film).toBe(false)
    expect(world.known.applied('dose:d1', { ...card, revision: 7 }).can_film).toBe(true)
  })

  it('does not throw the film away where the answer names no revision', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = [new ApiProblem({ type: 'film-already-sent', title: '', status: 409 })]
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()

    expect(outbox.all()[0]?.refusal?.type).toBe('film-already-sent')
    expect(world.films.size).toBe(1)
  })

  it('holds for every dose that a severe answer has stopped', async () => {
    const world = new World()
    const outbox = world.open()
    const stopped = { state: 'held' as const, severe: true, can_film: false }
    world.standing = () =>
      ['d1', 'd7'].map((dose_id) => ({ dose_id, revision: 9, can_report: true, ...stopped }))
    outbox.add(answerOf('d1', ['blurred_vision']))
    await settle()

    expect(world.known.applied('dose:d7', card)).toMatchObject(stopped)
  })

  it('is kept before the film leaves the phone', async () => {
    const world = new World()
    const outbox = world.open()
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()

    const last = world.calls.lastIndexOf('save')
    expect(world.calls.indexOf('receipt')).toBeLessThan(last)
    expect(world.calls.indexOf('receipt')).toBeGreaterThan(world.calls.indexOf('confirm:answered'))
  })
})

describe('one tap, one thing', () => {
  it('does not say the same thing of a dose twice', async () => {
    const world = new World()
    const outbox = world.open()
    world.bound = null
    const first = outbox.add(wordOf('d1'))
    const second = outbox.add(wordOf('d1', false))
    outbox.add(wordOf('d2'))

    expect(second).toBe(first)
    expect(outbox.all()).toHaveLength(2)
  })

  it('takes a severe answer in after a milder one', () => {
    const world = new World()
    const outbox = world.open()
    world.bound = null
    const mild = outbox.add(noSymptoms)

    expect(outbox.add(answerOf('d1', ['blurred_vision']))).not.toBe(mild)
    expect(outbox.add(answerOf('d1', []))).toBe(mild)
  })
})

describe('a phone without room', () => {
  it('throws away what belongs to nothing, and keeps the film', async () => {
    const world = new World()
    world.room = 6_000
    world.films.set('orphan', 5_000)

    const item = await world.open().keep(film, 'temp')

    expect(item.stage).toBe('draft')
    expect([...world.films.keys()]).toEqual([fileOf(item)])
  })

  it('sends the film at once from where it lies', async () => {
    const world = new World()
    world.room = 0
    const outbox = world.open()

    await outbox.keep(film, 'temp')
    await settle()

    expect([...world.server.values()]).toMatchObject([{ bytes: 5_000, confirmed: true }])
    expect(outbox.all()).toEqual([])
  })

  it('says so when the film that lay there is gone', async () => {
    const world = new World()
    world.room = 0
    world.bound = null
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    await settle()
    world.bound = 'p1'
    world.temporary.clear()
    outbox.retryNow()
    await settle()

    expect(outbox.find(item.id)?.refusal?.type).toBe('file-lost')
    expect(world.server.size).toBe(0)
  })

  it('copies again after a restart what was being copied', async () => {
    const world = new World()
    const outbox = world.open()
    world.dieAt = world.steps + 2
    await outbox.keep(film, 'temp').catch(() => undefined)
    world.dieAt = Number.POSITIVE_INFINITY
    const again = world.open()
    await again.recover()

    expect(again.all()).toMatchObject([{ stage: 'draft', files: [{ size: 5_000 }] }])
  })

  it('throws no file away when its list cannot be read', async () => {
    const world = new World()
    world.films.set('somebody’s', 5_000)
    world.broken = true
    await world.open().recover()

    expect([...world.films.keys()]).toEqual(['somebody’s'])
  })
})

describe('what goes first', () => {
  it('is the word before the film, and of films the one whose time ends first', async () => {
    const world = new World()
    const outbox = world.open()
    world.bound = null
    const late = await outbox.keep(filmOf('late', '2026-11-24T03:00:00+08:00'), 'temp')
    const soon = await outbox.keep(filmOf('soon', '2026-11-22T20:00:00+08:00'), 'temp')
    for (const item of [late, soon]) outbox.release(item.id)
    outbox.add(wordOf('d3'))
    await settle()
    world.calls.length = 0
    world.bound = 'p1'
    outbox.retryNow()
    await settle()

    expect(world.calls.find((call) => call.endsWith(':sent'))).toBe('report:sent')
    expect([...world.server.values()].map((one) => one.dose)).toEqual(['soon', 'late'])
  })

  it('sends one film at a time', async () => {
    const world = new World()
    const outbox = world.open()
    let under = 0
    let most = 0
    const put = world.put
    world.put = async (...args) => {
      under += 1
      most = Math.max(most, under)
      await settle()
      await put(...args)
      under -= 1
    }
    for (const dose of ['a', 'b', 'c']) outbox.release((await outbox.keep(filmOf(dose), 'temp')).id)
    for (let turn = 0; turn < 8; turn += 1) await settle()

    expect(most).toBe(1)
    expect([...world.server.values()].every((one) => one.confirmed)).toBe(true)
  })

  it('gives up an upload that has been silent for a minute', async () => {
    const world = new World()
    const outbox = world.open()
    world.put = () => new Promise(() => undefined)
    outbox.release((await outbox.keep(film, 'temp')).id)
    await settle()
    world.clock += 59_000
    outbox.retryNow()
    expect(world.aborted).toBe(0)
    world.clock += 2_000
    outbox.retryNow()

    expect(world.aborted).toBe(1)
  })
})

describe('what cannot be sent', () => {
  it('is told after a mistake of our own came again and again', async () => {
    const world = new World()
    const outbox = world.open()
    world.api.answer = () => Promise.reject(new TypeError('x is not a function'))
    const id = outbox.add(noSymptoms)
    for (let turn = 0; turn < 8; turn += 1) {
      await settle()
      outbox.retryNow()
    }

    expect(outbox.find(id)?.refusal?.type).toBe('unexpected')
    expect(world.reported).toHaveLength(1)
  })

  it('is sent for as long as there is no signal', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = Array.from({ length: 20 }, noSignal)
    const id = outbox.add(noSymptoms)
    for (let turn = 0; turn < 10; turn += 1) {
      await settle()
      outbox.retryNow()
    }

    expect(outbox.find(id)).toMatchObject({ refusal: null })
  })

  it('stays word for word when only a newer version knows it', async () => {
    const world = new World()
    const newer = { v: 9, kind: 'photo', id: 'x1', files: [{ id: 'pic' }] }
    const kindless = { ...(await new World().open().keep(film, 'temp')), kind: 'voice' }
    world.stored = [newer, kindless]
    world.films.set('pic', 1)
    const outbox = world.open()
    await outbox.recover()
    outbox.add(noSymptoms)
    await settle()

    expect(outbox.unknown).toBe(2)
    expect(world.stored).toEqual([newer, kindless])
    expect(world.films.has('pic')).toBe(true)
  })

  it('goes ten days after its dose, where it was refused or is another’s', async () => {
    const world = new World()
    world.clock = closed + TEN_DAYS - 1
    const outbox = world.open()
    world.bound = null
    const theirs = await outbox.keep(film, 'temp')
    world.remembered = 'p2'
    const mine = await outbox.keep(film, 'temp')
    await outbox.recover()
    expect(world.films.size).toBe(2)
    world.clock += 1
    await outbox.recover()

    expect(outbox.find(theirs.id)).toBeUndefined()
    expect(outbox.find(mine.id)).toBeDefined()
    expect([...world.films.keys()]).toEqual([fileOf(mine)])
  })
})

describe('drafts', () => {
  it('of another day are sent with the rest', async () => {
    const world = new World()
    const outbox = world.open()
    await outbox.keep(filmOf('yesterday'), 'temp')
    await outbox.keep(filmOf('today'), 'temp')
    outbox.sendEverything()
    for (let turn = 0; turn < 4; turn += 1) await settle()

    expect(world.server.size).toBe(2)
    expect(outbox.all()).toEqual([])
  })

  it('of one dose are sent once, the newest', async () => {
    const world = new World()
    const outbox = world.open()
    await outbox.keep(film, 'temp')
    const newest = await outbox.keep(film, 'temp')
    outbox.sendEverything()
    await settle()

    expect([...world.server.keys()]).toEqual([newest.id])
  })
})

describe('what the first version of the app had kept', () => {
  const old = {
    id: 'old',
    person: 'p1',
    dose_id: 'd1',
    due_on: '2026-11-22',
    slot: 'morning',
    created_at: 1,
    attempts: 2,
    retry_at: 5,
    refusal: null,
  }

  it('is sent from the stage it had reached', async () => {
    const world = new World()
    const body = { ...film.body, size: 5_000 }
    world.films.set('old', 5_000)
    world.server.set('old', { id: 'r-old', body, bytes: 5_000, confirmed: false })
    const film_ = {
      ...old,
      kind: 'film',
      stage: 'sent',
      recording_id: 'r-old',
      sent_at: null,
      body,
    }
    world.stored = [film_]
    world.open().retryNow()
    await settle()

    expect(world.calls.filter((call) => call.endsWith(':sent'))).toEqual(['confirm:sent'])
    expect(world.films.size).toBe(0)
  })

  it('is a draft still where it was one', () => {
    const world = new World()
    const body = { ...film.body, size: 5_000 }
    world.stored = [
      { ...old, kind: 'film', stage: 'draft', recording_id: null, sent_at: null, body },
    ]

    expect(world.open().all()).toMatchObject([{ stage: 'draft', files: [{ id: 'old' }] }])
  })
})
