/** A patient's doses as the server keeps them: every change raises the revision of the dose. */

const HOUR = 3_600_000
const DAY = 24 * HOUR
const CLOCK_SLACK = 10 * 60_000
const LATE_ARRIVAL = 72 * HOUR
const ZONE = 8 * HOUR
const FILM_HERE = ['processing', 'pending_review']
const SETTLED = ['observed', 'partial']

const iso = (ms) => new Date(ms).toISOString()
const dayOf = (ms) => iso(ms + ZONE).slice(0, 10)
const midnightOf = (day) => Date.parse(`${day}T00:00:00Z`) - ZONE

const TREATMENTS = {
  tuberculosis: { id: 'd', name: '肺结核强化期治疗', slot: 'morning', hour: 8 },
  hypertension: { id: 'h', name: '高血压治疗', slot: 'evening', hour: 18 },
}

class Doses {
  constructor(first, { conditions, days = 30, before = 1 }) {
    this.all = new Map()
    for (let n = -before; n < days; n += 1) {
      for (const condition of conditions) this.add(condition, dayOf(first + n * DAY), n + 1)
    }
  }

  /** Today's is number 1. */
  add(condition, due_on, number) {
    const { id, slot, hour, name } = TREATMENTS[condition]
    const start = midnightOf(due_on)
    const dose_id = `${id}${number < 1 ? `0${1 - number}` : number}`
    this.all.set(dose_id, {
      dose_id,
      condition,
      treatment_name: name,
      due_on,
      slot,
      due_at: start + hour * HOUR,
      opens_at: start + 4 * HOUR,
      closes_at: start + 27 * HOUR,
      revision: 1,
      held: false,
      severe: false,
      severe_at: null,
      progress: 'none',
      verdict: null,
      film: null,
      said: null,
      answered: false,
    })
  }

  get(id) {
    return this.all.get(id)
  }

  change(dose, changes) {
    Object.assign(dose, changes)
    dose.revision += 1
  }

  stateOf(dose, now) {
    if (FILM_HERE.includes(dose.progress)) return dose.progress
    if (dose.progress === 'uploading' && now < dose.closes_at + DAY) return 'uploading'
    if (SETTLED.includes(dose.verdict)) return dose.verdict
    if (dose.held && dose.said !== true) return 'held'
    if (dose.verdict) return dose.verdict
    if (dose.said) return 'self_reported'
    if (now < dose.opens_at) return 'upcoming'
    return now < dose.closes_at ? 'open' : 'missed'
  }

  mayFilm(dose, now) {
    return (
      !SETTLED.includes(dose.verdict) &&
      !FILM_HERE.includes(dose.progress) &&
      dose.opens_at - CLOCK_SLACK <= now &&
      now < dose.closes_at + LATE_ARRIVAL
    )
  }

  canFilm(dose, now) {
    const offered = !dose.held && dose.severe_at === null
    return offered && this.mayFilm(dose, now) && dose.opens_at <= now && now < dose.closes_at
  }

  canReport(dose, now) {
    const adds = !SETTLED.includes(dose.verdict) && !FILM_HERE.includes(dose.progress)
    return !dose.held && adds && dose.opens_at <= now && now < dose.closes_at + DAY
  }

  card(dose, now) {
    const { dose_id, revision, treatment_name, condition, due_on, slot, film } = dose
    const recording = film && {
      recording_id: film.recording_id,
      state: film.state,
      uploaded_at: film.uploaded_at ? iso(film.uploaded_at) : null,
      problem: film.problem ?? null,
      verdict: film.verdict ?? null,
      reason: film.verdict === 'rejected' ? 'mouth_not_shown' : null,
      comment: null,
      still_url: null,
    }
    const hours = {
      due_at: iso(dose.due_at),
      opens_at: iso(dose.opens_at),
      closes_at: iso(dose.closes_at),
    }
    const ahead = dose.opens_at - now <= 3 * DAY && now < dose.closes_at
    return {
      ...{ dose_id, revision, treatment_name, condition, due_on, slot, ...hours, recording },
      drugs: [{ name: '四联片', tablets: '3', strength: null }],
      ...this.standing(dose, now),
      side_effects_answered: dose.answered,
      day_code: ahead ? '4821' : null,
    }
  }

  standing(dose, now) {
    return {
      state: this.stateOf(dose, now),
      can_film: this.canFilm(dose, now),
      can_report: this.canReport(dose, now),
      severe: dose.severe,
    }
  }

  told(dose, now) {
    const { dose_id, revision } = dose
    return { dose_id, revision, ...this.standing(dose, now) }
  }

  /** Until three in the morning it is still yesterday's. */
  today(now) {
    return dayOf(now - 3 * HOUR)
  }

  on(day) {
    return [...this.all.values()].filter((dose) => dose.due_on === day)
  }

  inMonth(month) {
    return [...this.all.values()].filter((dose) => dose.due_on.startsWith(month))
  }

  /** A severe answer stops its conditions from the dose's day on: held, until a doctor lifts it. */
  stop(dose, conditions, now) {
    const listed = conditions.length > 0 ? conditions : [dose.condition]
    const stopped = [...this.all.values()].filter(
      (one) => listed.includes(one.condition) && one.due_on >= dose.due_on,
    )
    for (const one of stopped) this.change(one, { held: true, severe: true, severe_at: now })
    return stopped
  }

  lift(now) {
    const held = [...this.all.values()].filter((one) => one.held && one.closes_at > now)
    for (const one of held) this.change(one, { held: false, severe: false, severe_at: null })
    return held
  }
}

module.exports = { Doses, FILM_HERE, HOUR, DAY, CLOCK_SLACK, iso, dayOf }
