/** What must hold whatever happens: judged by dose and act, from what the phones were told and what the server got. */

const { isWayToFilm } = require('./acts.cjs')

const FILM_HERE = ['processing', 'pending_review']
const SETTLED = [...FILM_HERE, 'observed', 'partial']
const FILMED_BEFORE = ['rejected', 'unverifiable', 'self_reported', 'uploading', 'partial']
const RECEIVED = ['uploaded', 'processing', 'ready', 'unusable']
const SECOND_DOSE = '第二次'
const ASKING_PAGES = ['pages/today/index', 'pages/dose/index', 'pages/preview/index']
const TOO_SHORT_MS = 3_400

class Broken extends Error {}
const must = (holds, what) => {
  if (!holds) throw new Broken(what)
}
const doseOf = (url) => /dose_id=(\w+)/.exec(url)?.[1]

/** Read anew only when it was written anew: it is looked at between any two steps. */
const read = new WeakMap()
function itemsOf(phone) {
  const text = phone.storage.get('weibu::outbox') || '[]'
  if (read.get(phone)?.text !== text) read.set(phone, { text, items: JSON.parse(text) })
  return read.get(phone).items
}

const isFilm = ({ kind }) => kind === 'film'

/** What a phone that is started anew knows: of what a page showed, only what stood before it. */
const remembers = ({ warned, warnedBefore, seenIn }) =>
  seenIn === undefined ? warned : warnedBefore

/** What one phone has been told, and what its camera has handed over. */
class Told {
  constructor(phone, server) {
    this.phone = phone
    this.server = server
    this.doses = new Map()
    this.films = new Map()
    this.begun = new Set()
    this.refusedKeys = new Set()
    this.broken = null
    phone.hears = (options, answer) => this.hear(options, answer)
    phone.tookFilm = (film) => this.films.set(film.film, { ...film, full: this.cannotKeep })
    phone.onWay = (way) => this.leads(way)
    phone.onRecording = () => this.begins()
  }

  get cannotKeep() {
    return Boolean(this.phone.faults.storageFull)
  }

  learn(dose_id, revision, facts) {
    const known = this.doses.get(dose_id)
    if (known && known.revision > revision) {
      if (known.blocked && !facts.blocked) this.onOvertaken?.()
      return
    }
    const warnedBefore = known ? remembers(known) : false
    this.doses.set(dose_id, { revision, warnedBefore, ...facts })
  }

  /** What only a page has shown that is not remembered is forgotten when the app dies. */
  mustWarn(known) {
    return known.seenIn === this.phone.life ? known.warned : remembers(known)
  }

  /** A full storage loses what can be asked for again; what was confirmed to this phone stays. */
  forgetHeard() {
    for (const [id, { heard }] of this.doses) if (heard) this.doses.delete(id)
  }

  learnCard(card, heard = false, seenIn = undefined) {
    const { dose_id, revision, state, severe } = card
    const blocked = severe || SETTLED.includes(state)
    const warned = FILMED_BEFORE.includes(state)
    this.learn(dose_id, revision, { blocked, warned, state, heard, seenIn })
  }

  /** Pages that are not remembered may set free what they show, as after a rejection. */
  learnPage(cards) {
    for (const card of cards)
      if (!card.severe && !SETTLED.includes(card.state)) this.learnCard(card, true, this.phone.life)
  }

  hear({ url, header }, { status, body }) {
    if (/\/api\/today$/.test(url) && status === 200) {
      // What could not be remembered is not known after a restart.
      if (this.cannotKeep) this.learnPage(body.items.map(({ dose }) => dose))
      else for (const { dose } of body.items) this.learnCard(dose, true)
    } else if (/\/doses\/\w+$/.test(url) && body?.dose_id) {
      this.learnPage([body])
    } else if (/\/calendar\//.test(url) && status === 200) {
      this.learnPage(body.days.flatMap(({ doses }) => doses))
    } else if (/\/(uploaded|recordings)$/.test(url)) this.hearFilm(header, { status, body })
    else if (/\/side-effects$/.test(url) && status === 201) {
      for (const dose of body.doses) this.learnCard(dose)
      this.onConfirmed?.()
    } else if (/\/reports$/.test(url) && status === 201) this.learnCard(body)
  }

  hearFilm(header, { status, body }) {
    if (status === 409) this.refusedKeys.add(header['Idempotency-Key'])
    const delivered = status < 300 && RECEIVED.includes(body.state)
    if (!delivered) return
    this.onConfirmed?.()
    const { dose_id } = this.server.films.find(body.recording_id)
    this.learn(dose_id, body.dose_revision, { blocked: true, warned: false, state: 'delivered' })
  }

  /** Inside a call of the app nothing may be thrown: the app would take it for its own. */
  hold(holds, what) {
    if (!holds) this.broken ??= what
  }

  /** A way to the camera is an offer to take the dose. */
  leads({ url, from, words }) {
    if (!isWayToFilm(url)) return
    if (!ASKING_PAGES.includes(from)) return
    const dose = doseOf(url)
    const known = this.doses.get(dose)
    this.hold(!known?.blocked, `1: ${dose} is offered on ${from}, known as ${known?.state}`)
    const filmedBefore = (known && this.mustWarn(known)) || this.begun.has(dose)
    this.hold(
      !filmedBefore || words.includes(SECOND_DOSE),
      `2: ${dose} was filmed before (${known?.state}); no warning on ${from}: ${words}`,
    )
  }

  begins() {
    const dose = doseOf(this.phone.top?.url ?? '')
    if (!dose) return
    const { life } = this.phone
    if (this.cannotKeep) this.begun.clear()
    else
      this.phone.timers.after(1_000, () => {
        if (this.phone.life === life) this.begun.add(dose)
      })
    const known = this.doses.get(dose)
    this.hold(!known?.blocked, `1: ${dose} is filmed, known as ${known?.state}`)
  }

  /** Every film is at the server, in the list with its bytes, thrown away by the person, or told as lost. */
  checkFilms() {
    must(!this.broken, this.broken)
    const items = itemsOf(this.phone).filter(isFilm)
    for (const [name, film] of this.films) {
      if (film.over) continue
      if (this.isAtServer(name)) {
        film.over = 'at the server'
        continue
      }
      const item = this.itemOf(items, film, name)
      if (item?.refusal?.type === 'file-lost') film.over = 'told as lost'
      if (item) film.item = item
      else this.mustBeExcused(film, name, items)
    }
  }

  isAtServer(name) {
    for (const [key, file] of this.server.films.stored) {
      if (file.film !== name) continue
      const film = this.server.films.find(key)
      if (film && film.state !== 'requested') return true
    }
    return false
  }

  /** The item by which it can still be sent, or which says that it is lost. */
  itemOf(items, film, name) {
    const byName = (path) => {
      const file = this.phone.files.get(path)
      return file?.film === name && file.size === 700_000
    }
    return items.find(({ files, refusal, stage }) => {
      const [file] = files
      if (!file || (file.source !== film.path && file.id !== film.item?.files[0]?.id)) return false
      if (refusal || stage === 'saving') return true
      return byName(file.loose ? file.source : `wxfile://usr/films/${file.id}.mp4`)
    })
  }

  mustBeExcused(film, name, items) {
    const { phone } = this
    const was = film.item
    if (!was) {
      const excused = film.ms < TOO_SHORT_MS || film.full || phone.dead
      must(excused, `3: ${name} was handed over and is nowhere`)
      film.over = 'never kept'
      return
    }
    // What is gone from the file, but not from the list, will be said to be lost when it is sent.
    const still = items.find(({ id }) => id === was.id)
    if (still) {
      must(still.files[0].loose, `3: ${name} waits without its bytes`)
      return
    }
    const refused = this.refusedKeys.has(was.id)
    must(refused || this.byPerson.has(was.id), `3: ${name} is gone: ${JSON.stringify(was)}`)
    film.over = 'gone'
  }

  byPerson = new Set()

  /** One page says one thing of a dose, however often it is touched. */
  mayAdd(before, after, page) {
    const fresh = after.filter(({ id }) => !before.some((item) => item.id === id))
    for (const { kind, subject } of fresh.filter((item) => !isFilm(item))) {
      const said = this.saidOn.get(page) ?? []
      must(!said.includes(`${kind} ${subject}`), `4: ${kind} of ${subject} twice from one page`)
      this.saidOn.set(page, [...said, `${kind} ${subject}`])
    }
  }

  saidOn = new Map()

  /** What a touch takes off the list was thrown away by it, in the list or for a newer one. */
  touched(before, page) {
    const after = itemsOf(this.phone)
    const from = page.route
    this.mayAdd(before, after, page)
    for (const item of before.filter(isFilm)) {
      if (after.some(({ id }) => id === item.id)) continue
      const released = after.some(
        ({ kind, subject, stage }) =>
          kind === 'film' && subject === item.subject && stage === 'queued',
      )
      if (from === 'pages/outbox/index' || released) this.byPerson.add(item.id)
    }
  }
}

/**
 * One key is written once. What is said again on purpose has another: that one page says it but
 * once is seen on the phone (`touched`).
 */
class Written {
  keys = new Set()
  seen = 0

  check(writes) {
    for (; this.seen < writes.length; this.seen += 1) {
      const { dose_id, kind, key } = writes[this.seen]
      must(!this.keys.has(key), `4: ${kind} of ${dose_id} written twice under one key`)
      this.keys.add(key)
    }
  }
}

module.exports = { Broken, Told, Written, itemsOf, must, doseOf, isFilm }
