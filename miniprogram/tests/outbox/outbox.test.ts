import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { doseKinds } from '@/features/doses/offline'
import { ApiProblem } from '@/lib/problem'
import type { Refusal } from '@/offline/items'
import { answerOf, fileOf, film, noSignal, noSymptoms, settle, World } from './phone'

const isFinal = (refusal: Refusal) =>
  doseKinds(new World().api)
    .find((kind) => kind.name === 'film')
    ?.isFinal?.(refusal)
const problem = (type: string, status: number) => new ApiProblem({ type, title: '', status })

describe('a film on a good day', () => {
  it('is announced, uploaded, confirmed, and then leaves the phone', async () => {
    const world = new World()
    const outbox = world.open()

    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()

    expect([...world.server.values()]).toMatchObject([{ bytes: 5_000, confirmed: true }])
    expect(outbox.all()).toEqual([])
    expect(world.stored).toEqual([])
    expect(world.films.size).toBe(0)
  })

  it('declares the size of the kept copy', async () => {
    const world = new World()
    const outbox = world.open()

    const item = await outbox.keep(film, 'temp')

    outbox.release(item.id)
    await settle()

    expect([...world.server.values()]).toMatchObject([{ body: { size: 5_000 } }])
  })

  it('is sent once for a double tap', async () => {
    const world = new World()
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')

    outbox.release(item.id)
    outbox.release(item.id)
    await settle()

    expect(world.calls.filter((call) => call === 'announce:sent')).toHaveLength(1)
    expect(world.server.size).toBe(1)
  })

  it('is not sent while it is only a draft', async () => {
    const world = new World()
    const outbox = world.open()
    await outbox.keep(film, 'temp')

    outbox.retryNow()
    await settle()

    expect(world.server.size).toBe(0)
  })

  it('takes the place of an older draft of the same dose', async () => {
    const world = new World()
    const outbox = world.open()
    const older = await outbox.keep(film, 'temp')
    const newer = await outbox.keep(film, 'temp')

    outbox.release(newer.id)
    await settle()

    expect(outbox.find(older.id)).toBeUndefined()
    expect(world.films.size).toBe(0)
    expect(world.server.size).toBe(1)
  })
})

describe('a phone killed at every step', () => {
  const swallow = () => undefined
  beforeEach(() => void process.on('unhandledRejection', swallow))
  afterEach(() => void process.off('unhandledRejection', swallow))

  const filmAndSend = async (world: World) => {
    const outbox = world.open()
    outbox.add(noSymptoms)
    await settle()
    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()
  }

  const stepsOfAGoodDay = async () => {
    const world = new World()
    await filmAndSend(world)
    return world.steps
  }

  it('loses no film it had kept, and the server has it exactly once', async () => {
    const steps = await stepsOfAGoodDay()
    expect(steps).toBeGreaterThan(12)
    for (let dieAt = 1; dieAt <= steps; dieAt += 1) {
      const world = new World()
      world.dieAt = dieAt
      await filmAndSend(world).catch(() => undefined)
      const copied = world.films.size === 1
      world.dieAt = Number.POSITIVE_INFINITY

      const outbox = world.open()
      await outbox.recover()
      outbox.sendEverything()
      await settle()

      const known = [...world.server.values()]
      if (copied || known.length > 0) {
        expect(known, `killed at step ${dieAt}`).toHaveLength(1)
        expect(known[0], `killed at step ${dieAt}`).toMatchObject({ bytes: 5_000, confirmed: true })
      }
      expect(outbox.all(), `killed at step ${dieAt}`).toEqual([])
      expect(world.films.size, `killed at step ${dieAt}`).toBe(0)
    }
  })
})

describe('a poor network', () => {
  it('keeps the film and sends it with the same key later', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = [noSignal(), noSignal()]
    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()

    expect(outbox.find(item.id)).toMatchObject({ attempts: 1, refusal: null })
    expect(world.films.has(fileOf(item))).toBe(true)
    outbox.retryNow()
    await settle()
    outbox.retryNow()
    await settle()
    expect([...world.server.keys()]).toEqual([item.id])
    expect(outbox.all()).toEqual([])
  })

  it('waits before it tries again by itself', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = [noSignal()]
    outbox.add(noSymptoms)
    await settle()

    outbox.drain()
    await settle()
    expect(world.answers.size).toBe(0)
    world.clock += 5_001
    outbox.drain()
    await settle()
    expect(world.answers.size).toBe(1)
  })

  it('asks for a fresh ticket when the storage refuses the bytes', async () => {
    const world = new World()
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    const refused = problem('storage-refused', 403)
    const upload = world.put
    let refusals = 1
    world.put = async (...args) => {
      if (refusals-- > 0) throw refused
      return upload(...args)
    }

    outbox.release(item.id)
    await settle()
    expect(outbox.find(item.id)).toMatchObject({ done: { uploaded: false }, refusal: null })
    outbox.retryNow()
    await settle()

    expect(world.calls.filter((call) => call === 'announce:sent')).toHaveLength(2)
    expect(outbox.all()).toEqual([])
  })

  it('sends the bytes again when the server does not find them', async () => {
    const world = new World()
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    const upload = world.put
    let lost = 1
    world.put = async (...args) => {
      if (lost-- <= 0) await upload(...args)
    }

    outbox.release(item.id)
    await settle()
    expect(outbox.find(item.id)).toMatchObject({ done: { uploaded: false }, refusal: null })
    outbox.retryNow()
    await settle()

    expect([...world.server.values()]).toMatchObject([{ bytes: 5_000, confirmed: true }])
    expect(outbox.all()).toEqual([])
  })
})

describe('order and independence', () => {
  it('sends the answer about side effects before the film of that dose', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = [noSignal()]
    outbox.add(noSymptoms)
    await settle()
    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()
    expect(world.server.size).toBe(0)

    outbox.retryNow()
    await settle()

    const sent = world.calls.filter((call) => call.endsWith(':sent'))
    expect(sent).toEqual([
      'side-effects:sent',
      'side-effects:sent',
      'announce:sent',
      'upload:sent',
      'confirm:sent',
    ])
  })

  it('does not let one refused item hold another up', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = [problem('dose-not-open', 409)]
    const refused = outbox.add(answerOf('old'))
    outbox.add(noSymptoms)
    await settle()

    expect(outbox.find(refused)).toMatchObject({ refusal: { type: 'dose-not-open' } })
    expect(world.answers.size).toBe(1)
  })

  it('knows which of a shut dose’s causes no second sending can mend', async () => {
    const world = new World()
    const outbox = world.open()
    const because = (reason: string) =>
      new ApiProblem({ type: 'dose-not-open', title: '', status: 409, reason })
    const causes = ['settled', 'too-late', 'not-yet']
    world.failures = causes.map(because)
    const ids = causes.map((cause) => outbox.add(answerOf(cause)))
    await settle()

    const refusals = ids.map((id) => outbox.find(id)?.refusal)
    expect(refusals.map((refusal) => refusal?.reason)).toEqual(causes)
    expect(refusals.map((refusal) => refusal && isFinal(refusal))).toEqual([true, true, false])
  })

  it('shows a permanent refusal, and tries again only when told to', async () => {
    const world = new World()
    const outbox = world.open()
    world.failures = [problem('consent-required', 403)]
    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()
    outbox.retryNow()
    await settle()
    expect(outbox.find(item.id)?.refusal).toEqual({ type: 'consent-required', title: '' })
    expect(world.films.size).toBe(1)

    outbox.revive(item.id)
    await settle()
    expect(outbox.all()).toEqual([])
  })

  it('never announces a film whose file is gone', async () => {
    const world = new World()
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    world.films.clear()

    outbox.release(item.id)
    await settle()

    expect(world.server.size).toBe(0)
    expect(outbox.find(item.id)?.refusal?.type).toBe('file-lost')
  })

  it('tells its listeners how far an upload is', async () => {
    const world = new World()
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    const seen: (number | null)[] = []
    outbox.subscribe(() => seen.push(outbox.percentOf(item.id)))

    outbox.release(item.id)
    await settle()

    expect(seen).toContain(40)
    expect(outbox.percentOf(item.id)).toBeNull()
  })
})
