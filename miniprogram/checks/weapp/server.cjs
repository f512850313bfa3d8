/** A server small enough to read, for the built bundle to talk to: the contract's happy way and its faults. */

const HOUR = 3_600_000

class Server {
  constructor() {
    this.bound = false
    this.films = new Map()
    this.answers = new Map()
    this.stored = new Map()
    this.down = false
    this.calls = []
    this.unread = 1
  }

  /** wx.request, or null when there is no network. */
  answer({ url, method, header, data }) {
    if (this.down) return null
    const { pathname } = new URL(url, 'https://api.test')
    this.calls.push(`${method} ${pathname}`)
    const body = data ? JSON.parse(data) : null
    const key = header['Idempotency-Key']
    for (const [verb, pattern, reply] of this.routes()) {
      const m = verb === method && pattern.exec(pathname)
      if (m) return reply({ id: m[1], body, key })
    }
    return { status: 404, body: { type: 'not-found', title: '没有找到', status: 404 } }
  }

  /** wx.uploadFile to the storage. */
  store({ formData, bytes }) {
    if (this.down) return null
    this.stored.set(formData.key, bytes)
    return { status: 204, body: '' }
  }

  card() {
    const now = Date.now()
    const iso = (ms) => new Date(ms).toISOString()
    const film = [...this.films.values()].find((one) => one.confirmed)
    return {
      dose_id: 'd1',
      revision: film ? 2 : 1,
      treatment_name: '肺结核强化期治疗',
      due_on: this.day(),
      slot: 'morning',
      due_at: iso(now),
      opens_at: iso(now - HOUR),
      closes_at: iso(now + 8 * HOUR),
      drugs: [{ name: '四联片', tablets: '3', strength: null }],
      state: film ? 'pending_review' : 'open',
      can_film: !film,
      can_report: !film,
      recording: null,
      side_effects_answered: this.answers.size > 0,
      severe: false,
      day_code: '4821',
    }
  }

  day() {
    return new Date(Date.now() + 8 * HOUR).toISOString().slice(0, 10)
  }

  rates() {
    const none = { observed_rate: null, verified_rate: null, reported_rate: null }
    const counts = { closed: 0, observed: 0, verified: 0, reported: 0, unreviewed: 0 }
    return { ...counts, ...none, unreviewed_rate: null, observed_rate_max: null }
  }

  routes() {
    const ok = (body, status = 200) => ({ status, body })
    const me = {
      patient_id: 'p1',
      name: '王建国',
      phone_masked: '138****42',
      sex: 'male',
      birth_on: '1958-03-09',
      conditions: ['tuberculosis'],
      team_name: '第二团队',
      institution_name: '青山镇卫生院',
      institution_address: '青山镇正街 1 号',
      institution_phone: '023-88880001',
      team_phone: '023-88880002',
      on_call_phone: '023-88880003',
      opening_hours: ['周一至周五 8:00–17:00'],
      doctors: [{ name: '李梅', title: '家庭医生' }],
      video_retention_days: 90,
    }
    const document = {
      purpose: 'health_record',
      version: '1',
      title: '健康信息',
      paragraphs: ['一', '二'],
      required: true,
    }
    const consent = {
      purpose: 'health_record',
      version: '1',
      accepted_at: new Date().toISOString(),
      withdrawn_at: null,
    }
    return [
      [
        'POST',
        /^\/api\/auth\/wechat$/,
        () => ok({ access_token: 't', expires_in_s: 7200, bound: this.bound, staff: true }),
      ],
      ['GET', /^\/api\/consents\/documents$/, () => ok([document])],
      ['GET', /^\/api\/consents$/, () => ok([consent])],
      ['POST', /^\/api\/bindings\/lookup$/, ({ body }) => this.lookUp(body)],
      [
        'POST',
        /^\/api\/bindings$/,
        () => {
          this.bound = true
          return ok(me, 201)
        },
      ],
      ['GET', /^\/api\/me$/, () => ok(me)],
      ['GET', /^\/api\/notices$/, () => ok(this.inbox())],
      [
        'POST',
        /^\/api\/notices\/read$/,
        () => {
          this.unread = 0
          return { status: 204, body: '' }
        },
      ],
      ['GET', /^\/api\/me\/views$/, () => ok({ items: [], next_cursor: null })],
      ['GET', /^\/api\/today$/, () => ok(this.today())],
      [
        'GET',
        /^\/api\/doses\/calendar\/(\S+)$/,
        ({ id }) =>
          ok({ month: id, days: [{ on: this.day(), doses: [this.card()] }], rates: this.rates() }),
      ],
      [
        'GET',
        /^\/api\/doses\/adherence$/,
        () => ok({ rates: this.rates(), last_30_days: this.rates() }),
      ],
      [
        'GET',
        /^\/api\/doses\/symptoms$/,
        () =>
          ok([
            { code: 'nausea', label: '恶心', severe: false, advice: '多喝水。' },
            { code: 'breathless', label: '喘不上气', severe: true, advice: '马上拨打 120。' },
          ]),
      ],
      ['GET', /^\/api\/doses\/(\w+)$/, () => ok({ ...this.card(), recordings: [], reports: [] })],
      [
        'POST',
        /^\/api\/doses\/(\w+)\/side-effects$/,
        ({ key, body }) => {
          this.answers.set(key, body)
          return ok({ report_id: key, severe: false, advice: null, filming_allowed: true }, 201)
        },
      ],
      ['POST', /^\/api\/doses\/(\w+)\/recordings$/, ({ key, body }) => this.announce(key, body)],
      ['POST', /^\/api\/recordings\/(\S+)\/uploaded$/, ({ id }) => this.confirm(id)],
      [
        'POST',
        /^\/api\/staff-scans\/lookup$/,
        () =>
          ok({
            kind: 'login',
            staff_name: '李梅',
            institution_name: '青山镇卫生院',
            device: 'Windows 电脑 · 微软浏览器',
            asked_at: '2026-09-10T12:00:00+08:00',
            expires_at: '2026-09-10T12:01:00+08:00',
            same_network: true,
            numbers: ['27', '41', '88'],
          }),
      ],
      [
        'POST',
        /^\/api\/staff-scans\/confirm$/,
        ({ body }) => ok({ kind: 'login', number: body.number === '41' ? null : '?' }),
      ],
    ]
  }

  lookUp({ code, phone_tail }) {
    const isScanned = code === 'ABCD2345' && !phone_tail
    if (!isScanned && (code !== '12345678' || phone_tail !== '0001')) {
      return {
        status: 404,
        body: { type: 'binding-code-unknown', title: '绑定码对不上', status: 404 },
      }
    }
    const person = { name_masked: '王*国', sex: 'male', birth_year: 1958 }
    const place = { institution_name: '青山镇卫生院', team_name: '第二团队' }
    return { status: 200, body: { ...person, ...place, expires_at: new Date().toISOString() } }
  }

  today() {
    const dose = this.card()
    const item = {
      kind: 'dose',
      ref: { feature: 'medication', kind: 'dose', id: dose.dose_id },
      rank: dose.state === 'open' ? 'now' : 'waiting',
      due_at: dose.due_at,
      revision: dose.revision,
      dose,
    }
    return { on: this.day(), zone: 'Asia/Shanghai', now: new Date().toISOString(), items: [item] }
  }

  inbox() {
    const notice = {
      notice_id: 'n1',
      title: '医生看了您发来的视频，有话要告诉您',
      created_at: new Date().toISOString(),
      read_at: this.unread ? null : new Date().toISOString(),
      subject: { feature: 'medication', kind: 'dose', id: 'd1' },
    }
    return { items: [notice], next_cursor: null, unread: this.unread }
  }

  announce(key, body) {
    const film = this.films.get(key) ?? { recording_id: `r-${key}`, body, confirmed: false }
    this.films.set(key, film)
    const upload = {
      url: 'https://storage.test/films',
      fields: { key: film.recording_id },
      expires_at: '2099-01-01T00:00:00Z',
    }
    const state = film.confirmed ? 'uploaded' : 'requested'
    return {
      status: 201,
      body: { recording_id: film.recording_id, state, upload: film.confirmed ? null : upload },
    }
  }

  confirm(recordingId) {
    const film = [...this.films.values()].find((one) => one.recording_id === recordingId)
    if (!film || !this.stored.has(recordingId)) {
      return { status: 409, body: { type: 'upload-not-found', title: '没有收到', status: 409 } }
    }
    film.confirmed = true
    return {
      status: 200,
      body: { recording_id: recordingId, state: 'uploaded', uploaded_at: new Date().toISOString() },
    }
  }
}

module.exports = { Server }
