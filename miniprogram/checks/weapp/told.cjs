/** What the server tells of itself and of the patient, besides the doses' own acts. */
const { iso } = require('./doses.cjs')

const ok = (body, status = 200) => ({ status, body })
const ME = {
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
const DOCUMENT = {
  purpose: 'health_record',
  version: '1',
  title: '健康信息',
  paragraphs: ['一', '二'],
  required: true,
}

const COUNTS = { closed: 0, observed: 0, verified: 0, reported: 0, unreviewed: 0 }
const SHARES = { observed_rate: null, verified_rate: null, reported_rate: null }
const rates = () => ({ ...COUNTS, ...SHARES, unreviewed_rate: null, observed_rate_max: null })
const adherence = () => ({ treatments: [] })

const RANKS = { processing: 'waiting', pending_review: 'waiting', open: 'now', upcoming: 'later' }

function today({ doses, now }) {
  const on = doses.today(now)
  const items = doses.on(on).map((dose) => {
    const card = doses.card(dose, now)
    const ref = { feature: 'medication', kind: 'dose', id: card.dose_id }
    const rank = card.severe ? 'stop' : (RANKS[card.state] ?? 'done')
    return { kind: 'dose', ref, rank, due_at: card.due_at, revision: card.revision, dose: card }
  })
  return { on, zone: 'Asia/Shanghai', now: iso(now), items }
}

function month({ doses, now }, name) {
  const days = new Map()
  for (const dose of doses.inMonth(name)) {
    const cards = days.get(dose.due_on) ?? []
    days.set(dose.due_on, [...cards, doses.card(dose, now)])
  }
  const listed = [...days].map(([on, cards]) => ({ on, doses: cards }))
  return { month: name, days: listed, rates: rates(), treatments: [] }
}

function detail(server, dose) {
  const { doses, films, reports, now } = server
  const recordings = films.all
    .filter((film) => film.dose_id === dose.dose_id)
    .map((film) => ({
      recording_id: film.recording_id,
      state: film.state,
      captured_at: iso(now),
      uploaded_at: film.uploaded_at ? iso(film.uploaded_at) : null,
      problem: null,
      verdict: film.verdict ?? null,
      reason: null,
      comment: null,
      still_url: null,
      reviews: [],
      deleted: false,
      delete_on: null,
    }))
  const said = server.writes.filter(
    ({ kind, dose_id }) => kind === 'report' && dose_id === dose.dose_id,
  )
  const told = said.map(({ at, key }) => ({
    reported_at: iso(at),
    taken: reports.get(key).taken,
    reason: reports.get(key).reason,
  }))
  return { ...doses.card(dose, now), recordings, reports: told }
}

function lookUp({ code, phone_tail }, now) {
  const scanned = code === 'ABCD2345' && !phone_tail
  if (!scanned && (code !== '12345678' || phone_tail !== '0001')) {
    const body = { type: 'binding-code-unknown', title: '绑定码对不上', status: 404 }
    return { status: 404, body }
  }
  const person = { name_masked: '王*国', sex: 'male', birth_year: 1958 }
  const place = { institution_name: '青山镇卫生院', team_name: '第二团队' }
  return ok({ ...person, ...place, expires_at: iso(now) })
}

function inbox(server) {
  const notice = {
    notice_id: 'n1',
    title: '医生看了您发来的视频，有话要告诉您',
    created_at: iso(server.now),
    read_at: server.unread ? null : iso(server.now),
    subject: { feature: 'medication', kind: 'dose', id: 'd1' },
  }
  return { items: [notice], next_cursor: null, unread: server.unread }
}

/** Everything that is not of doses. */
function aside(server) {
  const session = () => ({
    access_token: 't',
    expires_in_s: 7200,
    bound: server.bound,
    ended: false,
    staff: true,
  })
  const consent = () => ({
    purpose: 'health_record',
    version: '1',
    accepted_at: iso(server.now),
    withdrawn_at: null,
  })
  const bind = () => {
    server.bound = true
    return ok(ME, 201)
  }
  const read = () => {
    server.unread = 0
    return { status: 204, body: '' }
  }
  const close = () => {
    server.bound = false
    return { status: 204, body: '' }
  }
  const scan = {
    kind: 'login',
    staff_name: '李梅',
    institution_name: '青山镇卫生院',
    device: 'Windows 电脑 · 微软浏览器',
    asked_at: iso(server.now),
    expires_at: iso(server.now + 60_000),
    same_network: true,
    numbers: ['27', '41', '88'],
  }
  const confirmed = (body) => ok({ kind: 'login', number: body.number === '41' ? null : '?' })
  return [
    ['POST', /^\/api\/auth\/wechat$/, () => ok(session())],
    ['GET', /^\/api\/consents\/documents$/, () => ok([DOCUMENT])],
    ['GET', /^\/api\/consents$/, () => ok([consent()])],
    ['POST', /^\/api\/consents/, () => ok([consent()])],
    ['POST', /^\/api\/bindings\/lookup$/, ({ body }) => lookUp(body, server.now)],
    ['POST', /^\/api\/bindings$/, bind],
    ['GET', /^\/api\/me$/, () => ok(ME)],
    ['GET', /^\/api\/me\/export$/, () => ok({ patient: ME })],
    ['POST', /^\/api\/me\/close$/, close],
    ['GET', /^\/api\/me\/views$/, () => ok({ items: [], next_cursor: null })],
    ['GET', /^\/api\/notices$/, () => ok(inbox(server))],
    ['POST', /^\/api\/notices\/read$/, read],
    ['POST', /^\/api\/staff-scans\/lookup$/, () => ok(scan)],
    ['POST', /^\/api\/staff-scans\/confirm$/, ({ body }) => confirmed(body)],
  ]
}

module.exports = { today, month, detail, adherence, aside }
