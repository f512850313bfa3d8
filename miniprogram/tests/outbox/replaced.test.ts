import { describe, expect, it } from 'vitest'
import type { FilmTicket } from '@/api/types'
import { ApiProblem } from '@/lib/problem'
import { problemWords } from '@/ui/problem-words'
import { fileOf, film, settle, World } from './phone'

type State = FilmTicket['state']

async function sendMeeting(state: State) {
  const world = new World()
  const outbox = world.open()
  const item = await outbox.keep(film, 'temp')
  world.server.set(item.id, { id: 'r1', body: film.body, bytes: 0, confirmed: false, state })
  outbox.release(item.id)
  await settle()
  return { world, outbox, id: item.id, file: fileOf(item) }
}

describe('a film for which the server gives no upload form', () => {
  it.each<State>(['uploaded', 'processing', 'ready', 'unusable'])(
    'leaves the phone when the server has it: %s',
    async (state) => {
      const { world, outbox } = await sendMeeting(state)
      expect(outbox.all()).toEqual([])
      expect(world.films.size).toBe(0)
    },
  )

  it('stays, with a reason, when another phone filmed the dose again', async () => {
    const { world, outbox, id, file } = await sendMeeting('abandoned')
    expect(outbox.find(id)?.refusal?.type).toBe('film-replaced')
    expect(world.films.has(file)).toBe(true)

    await outbox.discard(id)
    expect(world.films.size).toBe(0)
  })

  it('stays to be sent again when the server still waits for it', async () => {
    const { world, outbox, id, file } = await sendMeeting('requested')
    expect(outbox.find(id)).toMatchObject({ attempts: 1, refusal: null })
    expect(world.films.has(file)).toBe(true)
  })

  it('stays when the other phone was announced after the bytes were sent', async () => {
    const world = new World()
    const outbox = world.open()
    const item = await outbox.keep(film, 'temp')
    const upload = world.put
    world.put = async (...args) => {
      await upload(...args)
      for (const known of world.server.values()) known.state = 'abandoned'
    }
    outbox.release(item.id)
    await settle()

    expect(outbox.find(item.id)?.refusal?.type).toBe('film-replaced')
    expect(world.films.has(fileOf(item))).toBe(true)
  })

  it('is told in words that say what to do', () => {
    const replaced = new ApiProblem({ type: 'film-replaced', title: '', status: 409 })
    expect(problemWords(replaced)).toContain('另一部手机')
    expect(problemWords(replaced)).toContain('不用再发')
  })
})
