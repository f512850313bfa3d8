/** A server small enough to read, for the built bundle to talk to: the contract's ways and its faults. */
const { Clock, Timers } = require('./clock.cjs')
const { Doses, iso } = require('./doses.cjs')
const { Films, refusal } = require('./films.cjs')
const told = require('./told.cjs')

const SYMPTOMS = [
  { code: 'nausea', label: '恶心', severe: false, advice: '多喝水。', stops: [] },
  {
    code: 'breathless',
    label: '喘不上气',
    severe: true,
    advice: '马上拨打 120。',
    stops: ['tuberculosis'],
  },
].map((symptom) => ({ ...symptom, asked_of: ['tuberculosis', 'hypertension'] }))
const ok = (body, status = 200) => ({ status, body })

class Server {
  constructor({ clock = new Clock(), conditions = ['tuberculosis'] } = {}) {
    this.clock = clock
    this.timers = new Timers(clock)
    this.bound = false
    this.doses = new Doses(clock.now, { conditions })
    this.films = new Films(this)
    this.answers = new Map()
    this.reports = new Map()
    /** What was answered under a key is answered again. */
    this.known = new Map()
    /** Every write that was taken in, once a key. */
    this.writes = []
    this.calls = []
    this.unread = 1
    /** An institution's own spoken words. */
    this.voices = []
    this.down = false
    this.verdicts = () => ({ afterMs: 0, verdict: null })
  }

  get now() {
    return this.clock.now
  }

  /** Null when there is no way to it. */
  answer({ url, method, header, data }, phone) {
    if (this.down) return null
    const { pathname } = new URL(url, 'https://api.test')
    this.calls.push(`${method} ${pathname}`)
    const asked = { body: data ? JSON.parse(data) : null, key: header['Idempotency-Key'] }
    asked.by = phone.name
    for (const [verb, pattern, reply] of this.routes()) {
      const m = verb === method && pattern.exec(pathname)
      // As text at once: what changes later was not in this answer.
      if (m) return asSent(reply({ id: m[1], ...asked }))
    }
    return { status: 404, body: { type: 'not-found', title: '没有找到', status: 404 } }
  }

  /** The storage: bytes arrive whole or not at all. */
  store({ formData, file }) {
    if (this.down) return null
    this.films.stored.set(formData.key, { ...file })
    return { status: 204, body: '' }
  }

  /** What the storage answers to a link: the file, or its refusal, which comes as a file too. */
  fetch(url) {
    if (this.down) return null
    const voice = this.voices.find((one) => one.url === url)
    return voice ? { status: 200, size: voice.size } : { status: 403, size: 200 }
  }

  routes() {
    const dose = (id) => this.doses.get(id)
    const ofDose = (go) => (asked) =>
      dose(asked.id)
        ? go(dose(asked.id), asked)
        : { status: 404, body: { type: 'not-found', title: '', status: 404 } }
    return [
      ['GET', /^\/api\/today$/, () => ok(told.today(this))],
      ['GET', /^\/api\/doses\/calendar\/(\S+)$/, ({ id }) => ok(told.month(this, id))],
      ['GET', /^\/api\/doses\/adherence$/, () => ok(told.adherence())],
      ['GET', /^\/api\/guide-voices$/, () => ok({ voices: this.voices })],
      ['GET', /^\/api\/doses\/symptoms$/, () => ok(SYMPTOMS)],
      ['GET', /^\/api\/doses\/(\w+)$/, ofDose((one) => ok(told.detail(this, one)))],
      [
        'POST',
        /^\/api\/doses\/(\w+)\/side-effects$/,
        ofDose((one, asked) => this.hear(one, asked)),
      ],
      ['POST', /^\/api\/doses\/(\w+)\/reports$/, ofDose((one, asked) => this.note(one, asked))],
      [
        'POST',
        /^\/api\/doses\/(\w+)\/recordings$/,
        ofDose((one, asked) => this.films.announce(one, asked)),
      ],
      ['POST', /^\/api\/recordings\/(\S+)\/uploaded$/, ({ id }) => this.films.confirm(id)],
      ...told.aside(this),
    ]
  }

  once(key, work) {
    if (!this.known.has(key)) {
      const answer = work()
      if (answer.status >= 300) return answer
      this.known.set(key, asSent(answer))
    }
    return this.known.get(key)
  }

  /** How it feels: a severe symptom stops what it concerns. */
  hear(dose, { key, body, by }) {
    return this.once(key, () => {
      const felt = SYMPTOMS.filter((one) => body.symptoms.includes(one.code) && one.severe)
      this.answers.set(key, body)
      this.wrote({ by, dose, kind: 'side-effects', what: [...body.symptoms].sort().join(), key })
      this.doses.change(dose, { answered: true })
      const stops = [...new Set(felt.flatMap((one) => one.stops))]
      const stopped = felt.length > 0 ? this.doses.stop(dose, stops, this.now) : []
      const doses = [...new Set([dose, ...stopped])].map((one) => this.doses.told(one, this.now))
      const severe = felt.length > 0
      return ok({ report_id: key, severe, advice: null, filming_allowed: !severe, doses }, 201)
    })
  }

  /** A patient's word. */
  note(dose, { key, body, by }) {
    return this.once(key, () => {
      if (!this.doses.canReport({ ...dose, held: false }, this.now)) return refusal('cannot-report')
      this.reports.set(key, body)
      this.wrote({ by, dose, kind: 'report', what: `${body.taken}`, key })
      this.doses.change(dose, { said: body.taken })
      return ok(this.doses.card(dose, this.now), 201)
    })
  }

  /** By a phone that is not played here. */
  filmedElsewhere() {
    const { doses, films, now } = this
    const dose = doses.on(doses.today(now)).find((one) => doses.canFilm(one, now))
    if (!dose) return
    const key = `elsewhere-${films.all.length}`
    const announced = films.announce(dose, {
      key,
      body: { captured_at: iso(now) },
      by: 'elsewhere',
    })
    const { recording_id } = announced.body
    if (!recording_id) return
    films.stored.set(recording_id, { film: key })
    films.confirm(recording_id)
  }

  delivered(film, dose) {
    this.wrote({ by: film.by, dose, kind: 'film', what: 'film', key: film.key })
  }

  wrote({ by, dose, kind, what, key }) {
    const { dose_id, revision } = dose
    this.writes.push({ by, dose_id, kind, what, key, at: this.now, revision })
  }
}

const asSent = ({ status, body }) => ({
  status,
  body: body === '' ? '' : JSON.parse(JSON.stringify(body)),
})

module.exports = { Server }
