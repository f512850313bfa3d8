/** What is sent with several files: all of them or none, whatever becomes of the phone between. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Item } from '@/offline/items'
import type { Kind } from '@/offline/kinds'
import { settle, World } from './phone'

type Note = Item<{ words: string }, null, Record<string, string>> & { kind: 'note' }

const attachments = [
  { path: 'photo', contentType: 'image/jpeg' },
  { path: 'voice', contentType: 'audio/mpeg' },
]
const note = (words = 'a') => ({
  kind: 'note',
  subject: `note:${words}`,
  about: null,
  body: { words },
  done: {},
  expires_at: 1e15,
})

function worldOf() {
  const world = new World()
  const received = new Map<string, number>()
  const notes = new Map<string, string[]>()
  world.temporary.set('photo', 300).set('voice', 200)
  const percents: number[] = []
  world.put = async (ticket, url, tell) => {
    tell(50)
    world.step('upload')
    percents.push(...opened.all().map(({ id }) => opened.percentOf(id) ?? -1))
    received.set(ticket.fields.key ?? '', world.films.get(url) ?? world.temporary.get(url) ?? 0)
  }
  const kind: Kind<Note, null> = {
    name: 'note',
    title: () => 'a note',
    urgency: () => 9,
    send: async (item, desk) => {
      const done = { ...item.done }
      for (const file of item.files) {
        if (done[file.id]) continue
        await desk.mustHave(file)
        const fields = { key: `${item.id}:${file.id}` }
        await desk.upload(file, { url: 's3', fields, expires_at: '' })
        done[file.id] = fields.key
        desk.save({ [file.id]: fields.key })
      }
      world.step('note')
      notes.set(item.id, Object.values(done))
      world.step('note:answered')
      return null
    },
    receipts: () => [],
  }
  world.moreKinds = [kind as unknown as Kind]
  const opened = world.open()
  return Object.assign(world, { received, notes, percents, outbox: opened })
}
const send = async (world: ReturnType<typeof worldOf>) => {
  await world.outbox.addWith(note(), attachments)
  await settle()
}

describe('something with two files', () => {
  it('leaves with both, under their own endings, and tells how far all of it is', async () => {
    const world = worldOf()
    await send(world)

    const [[, sent] = ['', []]] = [...world.notes]
    expect(sent.map((key) => key.split('.')[1])).toEqual(['jpg', 'mp3'])
    expect([...world.received.values()]).toEqual([300, 200])
    expect(world.percents).toEqual([25, 75])
    expect([world.outbox.all(), world.films.size]).toEqual([[], 0])
  })

  it('is no draft: nobody is asked to send it once more', async () => {
    const world = worldOf()
    world.bound = null
    const { stage } = await world.outbox.addWith(note(), attachments)
    expect(stage).toBe('queued')
    expect(world.films.size).toBe(2)
  })

  it('is the same one when it is added twice, and another when it is another', async () => {
    const world = worldOf()
    world.bound = null
    const both = [note(), note(), note('b')].map((one) => world.outbox.addWith(one, attachments))
    const [first, again, other] = await Promise.all(both)
    expect(again?.id).toBe(first?.id)
    expect(other?.id).not.toBe(first?.id)
  })

  it('says that one is lost before any is sent', async () => {
    const world = worldOf()
    world.temporary.delete('voice')
    const { refusal } = await world.outbox.addWith(note(), attachments)
    expect(refusal).toEqual({ type: 'file-lost', reason: 'attachment' })
    expect(world.received.size).toBe(0)
    await world.outbox.discard(world.outbox.all()[0]?.id ?? '')
    expect(world.films.size).toBe(0)
  })
})

describe('a phone killed at every step', () => {
  const swallow = () => undefined
  beforeEach(() => void process.on('unhandledRejection', swallow))
  afterEach(() => void process.off('unhandledRejection', swallow))

  it('sends both files and the note once', async () => {
    const good = worldOf()
    await send(good)
    expect(good.steps).toBeGreaterThan(10)
    for (let dieAt = 2; dieAt <= good.steps; dieAt += 1) {
      const world = worldOf()
      world.dieAt = dieAt
      await send(world).catch(() => undefined)
      world.dieAt = Number.POSITIVE_INFINITY
      world.outbox = world.open()
      await world.outbox.recover()
      world.outbox.retryNow()
      await settle()

      const why = `killed at step ${dieAt}`
      expect(
        [...world.notes.values()].map((sent) => sent.length),
        why,
      ).toEqual([2])
      expect([...world.received.values()], why).toEqual([300, 200])
      expect([world.outbox.all(), world.films.size], why).toEqual([[], 0])
    }
  })
})
