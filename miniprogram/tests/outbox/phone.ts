/** A phone and a server for the outbox: what is stored survives a kill, what is in memory does not. */

import type {
  FilmAnnouncement,
  FilmTicket,
  SideEffectAnswer,
  SideEffectResult,
  UploadTicket,
} from '@/api/types'
import {
  type AnswerItem,
  type DoseApi,
  doseKinds,
  type FilmItem,
  newItem,
  type ReportItem,
  upgradedDoseItem,
} from '@/features/doses/offline'
import { ApiProblem, offline } from '@/lib/problem'
import type { Item } from '@/offline/items'
import type { Files } from '@/offline/keeping'
import { type Kind, Kinds } from '@/offline/kinds'
import { Outbox } from '@/offline/outbox'
import { type Receipt, Receipts } from '@/offline/receipts'
import { makeCard } from '../factories'

export class Killed extends Error {}

interface Filmed {
  id: string
  dose?: string
  body: FilmAnnouncement
  bytes: number
  confirmed: boolean
  state?: FilmTicket['state']
}

/** Dies at the n-th step of anything outside: a request, a stored change, a copied file. */
export class World {
  stored: unknown[] = []
  receipts: Receipt[] = []
  readonly films = new Map<string, number>()
  readonly server = new Map<string, Filmed>()
  readonly answers = new Map<string, unknown>()
  readonly calls: string[] = []
  clock = 1_000_000
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

  api: DoseApi = {
    answer: async (dose, body, key) => {
      this.wire('side-effects')
      this.answers.set(key, { dose, body })
      this.step('side-effects:answered')
      const facts = { report_id: key, advice: null, filming_allowed: true, stopped: [] }
      return { ...facts, severe: false, doses: this.standing(dose) }
    },
    report: async (dose, body, key) => {
      this.wire('report')
      this.answers.set(key, { dose, body })
      this.step('report:answered')
      return makeCard({ dose_id: dose, revision: 5, state: 'self_reported', can_report: false })
    },
    announce: async (dose, body, key) => {
      this.wire('announce')
      const known = this.server.get(key) ?? {
        id: `r-${key}`,
        dose,
        body,
        bytes: 0,
        confirmed: false,
      }
      this.server.set(key, known)
      this.step('announce:answered')
      return this.ticketFor(known)
    },
    confirm: async (recordingId) => {
      this.wire('confirm')
      const film = [...this.server.values()].find((one) => one.id === recordingId)
      if (!film || film.bytes === 0)
        throw new ApiProblem({ type: 'upload-not-found', title: '', status: 409 })
      film.confirmed = film.state !== 'abandoned'
      this.step('confirm:answered')
      return { state: film.state ?? 'uploaded', dose_revision: this.revision }
    },
  }
  /** What the server says the dose has come to. */
  revision = 4
  /** What an answer says of the doses that it touches. */
  standing: (dose: string) => SideEffectResult['doses'] = () => []

  put: (ticket: UploadTicket, url: string, tell: (percent: number) => void) => Promise<void> =
    async (ticket, url, onPercent) => {
      onPercent(40)
      this.wire('upload')
      const film = [...this.server.values()].find((one) => one.id === ticket.fields.key)
      if (film) film.bytes = this.films.get(url) ?? this.temporary.get(url) ?? 0
      this.step('upload:answered')
    }
  aborted = 0

  private ticketFor(film: Filmed): FilmTicket {
    const upload = { url: 's3', fields: { key: film.id }, expires_at: '2026-11-22T09:00:00+08:00' }
    return {
      recording_id: film.id,
      state: film.state ?? (film.confirmed ? 'uploaded' : 'requested'),
      upload: film.confirmed || film.state ? null : upload,
      dose_revision: this.revision,
    }
  }

  /** Opens the app on what the storage holds. */
  open(): Outbox {
    this.dead = false
    const kinds = new Kinds()
    kinds.register(doseKinds(this.api), upgradedDoseItem)
    kinds.register(this.moreKinds)
    const own = { now: () => this.clock, person: () => this.remembered }
    this.known = new Receipts({
      load: () => copyOf(this.receipts),
      save: (receipts) => {
        this.step('receipt')
        this.receipts = copyOf(receipts)
      },
      ...own,
    })
    return new Outbox({
      ...own,
      broken: this.broken,
      load: () => copyOf(this.stored),
      save: (items) => {
        this.step('save')
        this.stored = copyOf(items)
      },
      kinds,
      receipts: this.known,
      upload: (ticket, url, onPercent) => ({
        done: this.put(ticket, url, onPercent),
        abort: () => {
          this.aborted += 1
        },
      }),
      files: this.files,
      newId: () => {
        this.ids += 1
        return `k${this.ids}`
      },
      confirmPerson: async () => {
        if (!this.bound) throw new ApiProblem({ type: 'not-bound', title: '', status: 0 })
        this.remembered = this.bound
        return this.bound
      },
      wake: () => undefined,
      report: (what) => this.reported.push(what),
    })
  }
  known!: Receipts
  /** Besides those of doses. */
  moreKinds: Kind[] = []
  broken = false
  reported: string[] = []
  /** What the camera has left in the temporary area. */
  readonly temporary = new Map<string, number>([['temp', 5_000]])
  /** How many bytes there is room for. */
  room = Number.POSITIVE_INFINITY

  private readonly files: Files = {
    keepFile: async (id, source) => {
      this.step('copy:begun')
      const size = this.temporary.get(source)
      if (!size) throw new Error('no such file')
      const used = [...this.films.values()].reduce((sum, one) => sum + one, 0)
      if (used + size > this.room) throw new Error('the storage is full')
      this.films.set(id, size)
      this.step('copy:done')
      return size
    },
    fileSize: async (id) => this.films.get(id) ?? null,
    fileUrl: async (id) => (this.films.has(id) ? id : null),
    sourceSize: async (source) => this.temporary.get(source) ?? null,
    dropFile: async (id) => {
      this.step('drop')
      this.films.delete(id)
    },
    keptFiles: async () => [...this.films.keys()],
  }
}

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const aboutDose = (dose_id: string, closes_at = '2026-11-23T03:00:00+08:00') => ({
  dose_id,
  due_on: '2026-11-22',
  slot: 'morning' as const,
  closes_at,
})

export const filmOf = (dose: string, closesAt?: string) =>
  newItem<FilmItem>(
    'film',
    aboutDose(dose, closesAt),
    {
      content_type: 'video/mp4',
      size: 0,
      duration_ms: 25_000,
      captured_at: '2026-11-22T08:00:00+08:00',
      opened_at: '2026-11-22T07:59:00+08:00',
      day_code: '4821',
      mirrored: false,
    },
    { recording_id: null, sent_at: null, uploaded: false },
  )
export const film = filmOf('d1')
export const answerOf = (dose: string, symptoms: SideEffectAnswer['symptoms'] = []) =>
  newItem<AnswerItem>(
    'side-effects',
    { ...aboutDose(dose), severe: symptoms.length > 0, stops: [] },
    { symptoms, note: null, reported_at: '2026-11-22T07:59:30+08:00' },
    null,
  )
export const noSymptoms = answerOf('d1')
export const wordOf = (dose: string, taken = true) =>
  newItem<ReportItem>(
    'report',
    aboutDose(dose),
    { taken, reason: 'forgot', note: null, said_at: '2026-11-22T08:10:00+08:00' },
    null,
  )
export const fileOf = (item: Item): string => item.files[0]?.id ?? ''
export const noSignal = () => offline()
/** Lets everything that can go on without the clock go on. */
export const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 5))
