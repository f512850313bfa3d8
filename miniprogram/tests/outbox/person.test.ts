import { describe, expect, it } from 'vitest'
import { fileOf, film, noSymptoms, settle, World } from './phone'

const rebind = (world: World, person: string) => {
  world.bound = person
  world.remembered = person
}

describe('a phone that more than one person uses', () => {
  it('does not send one person’s film as another’s, nor lose it', async () => {
    const world = new World()
    const first = world.open()
    world.bound = null
    const item = await first.keep(film, 'temp')
    first.release(item.id)
    await settle()
    expect(first.find(item.id)).toMatchObject({ person: 'p1', refusal: null })

    rebind(world, 'p2')
    const outbox = world.open()
    await outbox.recover()
    outbox.retryNow()
    await settle()
    expect(outbox.all()).toEqual([])
    expect(world.server.size).toBe(0)
    expect(world.films.has(fileOf(item))).toBe(true)

    rebind(world, 'p1')
    outbox.retryNow()
    await settle()
    expect([...world.server.values()]).toMatchObject([{ bytes: 5_000, confirmed: true }])
    expect(world.films.size).toBe(0)
  })

  it('asks who is bound before it sends: what the phone remembers may be old', async () => {
    const world = new World()
    const outbox = world.open()
    world.bound = 'p2'
    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()

    expect(world.server.size).toBe(0)
    expect(outbox.all()).toEqual([])
    expect(outbox.find(item.id)).toMatchObject({ person: 'p1', refusal: null })
    expect(world.films.has(fileOf(item))).toBe(true)
  })

  it('keeps a film of a person not yet known, and sends it as the one who is bound', async () => {
    const world = new World()
    world.remembered = null
    world.bound = null
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    outbox.release(item.id)
    await settle()
    expect(outbox.all()).toMatchObject([{ id: item.id, person: null, refusal: null }])

    world.bound = 'p1'
    outbox.retryNow()
    await settle()
    expect(world.server.size).toBe(1)
    expect(outbox.all()).toEqual([])
  })

  it('sends what an older version of the app kept without a name', async () => {
    const world = new World()
    const { person: _, ...old } = await world.open().keep(film, 'temp')
    world.stored = [old]

    const outbox = world.open()
    expect(outbox.all()).toHaveLength(1)
    outbox.release(old.id)
    await settle()

    expect(world.server.size).toBe(1)
  })

  it('clears the things of the person who leaves, and of nobody else', async () => {
    const world = new World()
    const outbox = world.open()
    const theirs = await outbox.keep(film, 'temp')
    rebind(world, 'p2')
    const mine = await outbox.keep(film, 'temp')
    world.bound = null
    outbox.add(noSymptoms)

    await outbox.clear('p2')

    expect(world.stored).toMatchObject([{ id: theirs.id }])
    expect([...world.films.keys()]).toEqual([fileOf(theirs)])
    expect(outbox.find(mine.id)).toBeUndefined()
  })
})
