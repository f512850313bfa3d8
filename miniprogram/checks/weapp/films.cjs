/** A film's way in, as the server takes it: announced, stored, confirmed, looked at. */
const { CLOCK_SLACK, FILM_HERE, iso } = require('./doses.cjs')

const refusal = (type, reason) => ({
  status: 409,
  body: { type, title: '', status: 409, ...(reason ? { reason } : {}) },
})

class Films {
  constructor(server) {
    this.server = server
    this.byKey = new Map()
    this.stored = new Map()
  }

  get all() {
    return [...this.byKey.values()]
  }

  find(recordingId) {
    return this.all.find((film) => film.recording_id === recordingId)
  }

  refused(dose, capturedAt, now) {
    if (dose.severe_at !== null && capturedAt >= dose.severe_at)
      return refusal('severe-side-effect')
    if (FILM_HERE.includes(dose.progress)) {
      const { status, body } = refusal('film-already-sent')
      return { status, body: { ...body, dose_revision: dose.revision } }
    }
    if (capturedAt > now + CLOCK_SLACK)
      return { status: 422, body: { type: 'phone-clock-ahead', title: '', status: 422 } }
    if (['observed', 'partial'].includes(dose.verdict)) return refusal('dose-not-open', 'settled')
    if (capturedAt < dose.opens_at - CLOCK_SLACK) return refusal('dose-not-open', 'not-yet')
    if (capturedAt >= dose.closes_at + CLOCK_SLACK) return refusal('dose-not-open', 'too-late')
    return this.server.doses.mayFilm(dose, now) ? null : refusal('dose-not-open', 'too-late')
  }

  announce(dose, { key, body, by }) {
    const { doses, now } = this.server
    const known = this.byKey.get(key)
    if (!known) {
      const refused = this.refused(dose, Date.parse(body.captured_at), now)
      if (refused) return refused
      if (dose.progress === 'uploading' && dose.film?.state === 'requested')
        dose.film.state = 'abandoned'
      const recording_id = `r${this.byKey.size + 1}`
      const film = { recording_id, key, by, dose_id: dose.dose_id, state: 'requested' }
      this.byKey.set(key, film)
      doses.change(dose, { progress: 'uploading', film })
    }
    const { recording_id, state } = known ?? this.byKey.get(key)
    const fields = { key: recording_id }
    const ticket = { url: 'https://storage.test/films', fields, expires_at: '2099-01-01T00:00:00Z' }
    const upload = state === 'requested' ? ticket : null
    return { status: 201, body: { recording_id, state, upload, dose_revision: dose.revision } }
  }

  confirm(recordingId) {
    const { doses, now } = this.server
    const film = this.find(recordingId)
    if (!film) return { status: 404, body: { type: 'not-found', title: '', status: 404 } }
    const dose = doses.get(film.dose_id)
    if (film.state === 'requested') {
      if (!this.stored.has(recordingId)) return refusal('upload-not-found')
      Object.assign(film, { state: 'uploaded', uploaded_at: now })
      if (dose.film === film) doses.change(dose, { progress: 'processing' })
      this.server.delivered(film, dose)
      this.look(film, dose)
    }
    const uploaded_at = film.uploaded_at ? iso(film.uploaded_at) : null
    const { state } = film
    const told = { recording_id: recordingId, state, uploaded_at, dose_revision: dose.revision }
    return { status: 200, body: told }
  }

  /** The machine looks at once, the doctor some time later. */
  look(film, dose) {
    const { doses, timers, verdicts } = this.server
    const newest = () => dose.film === film
    timers.after(3_000, () => {
      film.state = 'ready'
      if (newest()) doses.change(dose, { progress: 'pending_review' })
    })
    const { afterMs, verdict } = verdicts(film)
    if (!verdict) return
    timers.after(3_000 + afterMs, () => {
      film.verdict = verdict
      if (newest()) doses.change(dose, { progress: 'none', verdict })
    })
  }
}

module.exports = { Films, refusal }
