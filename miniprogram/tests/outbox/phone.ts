/** A phone and a server for the outbox: what is stored survives a kill, what is in memory does not. */
import { ApiProblem, offline } from '@/api/problem'
import type { FilmAnnouncement, FilmTicket } from '@/api/types'
import type { OutboxItem } from '@/features/outbox/items'
import { Outbox } from '@/features/outbox/outbox'
import type { SendApi } from '@/features/outbox/send'

export class Killed extends Error {}

/** Dies at the n-th step of anything outside: a request, a stored change, a copied file. */
export class World {
  stored: OutboxItem[] = []
  readonly films = new Map<string, number>()
  readonly server = new Map<
    string,
    {
      id: string
      body: FilmAnnouncement
      bytes: number
      confirmed: boolean
      state?: FilmTicket['state']
    }
  >()
  readonly answers = new Map<string, unknown>()
  readonly calls: string[] = []
  clock = 1_000_000
  /** What the server's clock says beyond the phone's. */
  ahead = 0
  /** Whom the phone remembers, and whom the server says is bound. */
  remembered: string | null = 'p1'
  bound: string | null = 'p1'
  dieAt = Number.POSITIVE_INFINITY
  steps = 0
  dead = false
  failures: ApiProblem[] = []
  private ids = 0

  step(name: string): void {
    if (this.dead) throw new Killed(name)
    this.steps += 1
    if (this.steps >= this.dieAt) {
      this.dead = true
      throw new Killed(name)
    }
    this.calls.push(name)
  }

  private wire(name: string): void {
    this.step(`${name}:sent`)
    const failure = this.failures.shift()
    if (failure) throw failure
  }

  api: SendApi = {
    answerSideEffects: async (dose, body, key) => {
      this.wire('side-effects')
      this.answers.set(key, { dose, body })
      this.step('side-effects:answered')
    },
    report: async (dose, body, key) => {
      this.wire('report')
      this.answers.set(key, { dose, body })
      this.step('report:answered')
    },
    announce: async (_dose, body, key) => {
      this.wire('announce')
      const known = this.server.get(key) ?? { id: `r-${key}`, body, bytes: 0, confirmed: false }
      this.server.set(key, known)
      this.step('announce:answered')
      return this.ticketFor(known)
    },
    upload: async (ticket, url, onPercent) => {
      onPercent(40)
      this.wire('upload')
      const film = [...this.server.values()].find((one) => one.id === ticket.fields.key)
      if (film) film.bytes = this.films.get(url) ?? 0
      this.step('upload:answered')
    },
    confirm: async (recordingId) => {
      this.wire('confirm')
      const film = [...this.server.values()].find((one) => one.id === recordingId)
      if (!film || film.bytes === 0)
        throw new ApiProblem({ type: 'upload-not-found', title: '', status: 409 })
      film.confirmed = film.state !== 'abandoned'
      this.step('confirm:answered')
      return { state: film.state ?? 'uploaded' }
    },
  }

  private ticketFor(film: {
    id: string
    confirmed: boolean
    state?: FilmTicket['state']
  }): FilmTicket {
    const upload = { url: 's3', fields: { key: film.id }, expires_at: '2026-11-22T09:00:00+08:00' }
    return {
      recording_id: film.id,
      state: film.state ?? (film.confirmed ? 'uploaded' : 'requested'),
      upload: film.confirmed || film.state ? null : upload,
    }
  }

  /** Opens the app on what the storage holds. */
  open(): Outbox {
    this.dead = false
    return new Outbox({
      load: () => JSON.parse(JSON.stringify(this.stored)) as OutboxItem[],
      save: (items) => {
        this.step('save')
        this.stored = JSON.parse(JSON.stringify(items)) as OutboxItem[]
      },
      api: this.api,
      files: {
        keepFilm: async (id) => {
          this.step('copy:begun')
          this.films.set(id, 5_000)
          this.step('copy:done')
          return 5_000
        },
        filmSize: async (id) => this.films.get(id) ?? null,
        filmUrl: async (id) => (this.films.has(id) ? id : null),
        dropFilm: async (id) => {
          this.step('drop')
          this.films.delete(id)
        },
        keptFilms: async () => [...this.films.keys()],
      },
      newId: () => {
        this.ids += 1
        return `k${this.ids}`
      },
      now: () => this.clock,
      trueNow: () => this.clock + this.ahead,
      person: () => this.remembered,
      confirmPerson: async () => {
        if (!this.bound) throw new ApiProblem({ type: 'not-bound', title: '', status: 0 })
        this.remembered = this.bound
        return this.bound
      },
      wake: () => undefined,
      words: (problem) => problem.type,
    })
  }
}

export const film = {
  dose_id: 'd1',
  due_on: '2026-11-22',
  slot: 'morning' as const,
  body: {
    content_type: 'video/mp4',
    size: 0,
    duration_ms: 25_000,
    captured_at: '2026-11-22T08:00:00+08:00',
    opened_at: '2026-11-22T07:59:00+08:00',
    day_code: '4821',
    mirrored: false,
  },
}
export const noSymptoms = {
  kind: 'side-effects' as const,
  dose_id: 'd1',
  due_on: '2026-11-22',
  slot: 'morning' as const,
  severe: false,
  body: { symptoms: [], note: null, reported_at: '2026-11-22T07:59:30+08:00' },
}
export const noSignal = () => offline()
/** Lets everything that can go on without the clock go on. */
export const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 5))
