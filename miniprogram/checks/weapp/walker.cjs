/** One walk: people who touch whatever can be touched, on phones to which everything happens. */
const { actsOf } = require('./acts.cjs')
const { Clock } = require('./clock.cjs')
const { HOUR } = require('./doses.cjs')
const { Phone } = require('./phone.cjs')
const { Random } = require('./random.cjs')
const { Broken, Told, Written, isFilm, itemsOf, must } = require('./rules.cjs')
const { Server } = require('./server.cjs')
const { asksTwice, forgotten, pull, events } = require('./events.cjs')

const TODAY = 'pages/today/index'
const AT_IT = ['side-effects', 'preview'].map((name) => `pages/${name}/index`)
/** What leads away from a patient's day: it is walked by the other checks. */
const ASIDE = ['导出资料', '扫码', '注销', '大字', '隐私', '同意书']

const BESIDE = [
  ...['views', 'inbox', 'record'].map((name) => `packages/me/${name}/index`),
  ...['mine', 'calendar'].map((name) => `pages/${name}/index`),
]
const IN_VAIN = ['再试一次', '打电话', '120']

/** Buttons are touched more often than what else hears a touch, the large ones most. */
function weightOf({ words, kind }) {
  if (ASIDE.some((word) => words.includes(word))) return 0
  if (kind.includes('tab') || IN_VAIN.some((word) => words.includes(word))) return 1
  if (kind.includes('button-main')) return 12
  return kind.includes('button') ? 6 : 3
}

class Walk {
  constructor(dist, seed, { steps = 2_000 } = {}) {
    this.random = new Random(seed)
    this.steps = steps
    this.log = []
    this.written = new Written()
    this.clock = new Clock()
    const conditions = ['tuberculosis', 'hypertension']
    this.server = new Server({ clock: this.clock, conditions })
    this.server.bound = true
    this.server.verdicts = () => ({
      afterMs: this.random.between(20_000, 1_200_000),
      verdict: this.random.pick(['observed', 'rejected', 'rejected', null]),
    })
    const names = seed % 2 === 0 ? ['a', 'b'] : ['a']
    this.phones = names.map((name, n) => this.newPhone(dist, name, seed * 10 + n))
  }

  newPhone(dist, name, seed) {
    const phone = new Phone(dist, this.server, { name, seed, start: false })
    const { random } = this
    phone.network.delay = (call, url) => {
      if (call === 'uploadFile') return random.between(500, 40_000)
      if (/\/api\/today$/.test(url) && phone.waits?.length > 0) return phone.waits.shift()
      // What is asked for again and again is what others overtake.
      if (/\/api\/today$/.test(url) && random.chance(0.4)) return random.between(4_000, 14_000)
      return random.chance(0.05) ? random.between(5_000, 25_000) : random.between(10, 2_500)
    }
    phone.network.loses = () =>
      random.chance(0.06) ? random.pick(['request', 'answer', 'answer']) : null
    phone.told = new Told(phone, this.server)
    // The moments that matter most: often nothing is heard for a while after them.
    const matters = (steps, share) => {
      phone.news = this.step + steps
      if (random.chance(share)) phone.network.up = false
    }
    phone.told.onConfirmed = () => {
      matters(6, 0.4)
      for (const other of this.phones) if (other !== phone) this.looks(other)
    }
    phone.told.onOvertaken = () => matters(9, 0.8)
    return phone
  }

  /** Somebody looks again at what the other phone has just changed. */
  looks(phone) {
    this.server.timers.after(this.random.between(0, 2_000), () => {
      if (!phone.dead && !phone.hidden && phone.top?.route === TODAY) pull(this, phone)
    })
  }

  itemsOf = itemsOf

  note(what) {
    this.log.push(what)
    if (this.log.length > 40) this.log.shift()
  }

  /** Null, or what broke and how it came about. */
  async run() {
    this.clock.watch = () => this.check()
    try {
      for (this.step = 0; this.step < this.steps; this.step += 1) await this.one()
      await this.end()
      return null
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      return { step: this.step, what: error.message, log: this.log }
    } finally {
      for (const phone of this.phones) phone.end()
    }
  }

  /** How much of what it is for has happened in it. */
  get sum() {
    const taken = this.phones.reduce((sum, { told }) => sum + told.films.size, 0)
    const lives = this.phones.reduce((sum, { life }) => sum + life, 0)
    return { taken, lives, written: this.server.writes.length }
  }

  check() {
    for (const { told, errors, dead } of this.phones) {
      told.checkFilms()
      must(dead || (errors?.length ?? 0) === 0, `5: an error on the screen: ${errors?.[0]}`)
    }
    this.written.check(this.server.writes)
  }

  async one() {
    const { random } = this
    const [newest] = [...this.phones].sort((a, b) => (b.news ?? 0) - (a.news ?? 0))
    const phone = newest.news > this.step ? newest : random.pick(this.phones)
    if (!phone.network.up && !phone.hidden && random.chance(0.05)) phone.connect(true)
    const drafts = itemsOf(phone).filter(({ stage }) => stage === 'draft')
    if (phone.dead) await this.start(phone)
    else if (drafts.length > 0 && random.chance(0.04)) await forgotten(this)
    else if (this.isOld(drafts) && random.chance(0.2)) await this.mustReach(phone)
    else if (this.othersSend(phone) && random.chance(0.15)) await asksTwice(this, phone)
    else if (random.chance(phone.news > this.step ? 0.95 : 0.75)) this.touch(phone)
    else if (random.chance(0.03)) await this.mustReach(phone)
    else await random.pick(events)(this, phone)
    const ms = random.chance(0.04) ? random.between(3_000, 30_000) : random.between(0, 1_500)
    await this.clock.advance(ms)
    this.check()
  }

  /** Nothing among the cards of today leads to it: the note above them must. */
  isOld(drafts) {
    const today = this.server.doses.today(this.clock.now)
    return drafts.some(({ about }) => about.due_on < today)
  }

  /** Then what one hears now may be old in a moment. */
  othersSend(phone) {
    if (phone.top?.route !== TODAY || !phone.network.up || phone.hidden) return false
    const isAtIt = (other) => AT_IT.includes(other.top?.route) || itemsOf(other).length > 0
    return this.phones.some((other) => other !== phone && !other.dead && isAtIt(other))
  }

  async start(phone) {
    phone.countdown = null
    this.note(`${phone.name} starts`)
    phone.launch()
    if (!phone.dead) phone.open(TODAY)
    await this.clock.settle()
  }

  touch(phone) {
    const { random } = this
    if (BESIDE.includes(phone.top?.route) && random.chance(0.4)) return this.goBack(phone)
    const choices = phone.tappables.flatMap((one) => Array(weightOf(one)).fill(one))
    if (choices.length === 0) return this.goBack(phone)
    const { line, words } = random.pick(choices)
    const page = phone.top
    const before = itemsOf(phone)
    this.note(`${phone.name} ${page.route.split('/')[1]}: ${words.slice(0, 24)}`)
    phone.touch(line)
    phone.told.touched(before, page)
    return undefined
  }

  goBack(phone) {
    this.note(`${phone.name} back`)
    phone.mayDie(() => phone.back())
  }

  /** Whatever waits on the phone is told on 今日, with a way to it. */
  async mustReach(phone) {
    // What is on its way by itself may leave while one looks.
    const films = () =>
      itemsOf(phone).filter((item) => isFilm(item) && (item.refusal || item.stage === 'draft'))
    if (phone.top?.route !== TODAY || phone.hidden || phone.openCalls.size > 0) return
    if (films().length === 0 || phone.faults.storageFull || phone.uploads.size > 0) return
    this.note(`${phone.name} looks for what waits`)
    const { countdown, faults } = phone
    phone.countdown = null
    phone.faults = { ...faults, slowPages: null }
    // A page that was opened by an earlier touch may still be on its way.
    await this.clock.advance(4_500)
    const acts = phone.top?.route === TODAY ? await actsOf(phone) : null
    Object.assign(phone, { countdown, faults })
    if (!acts) return
    const leads = acts.some(({ url }) => /^\/pages\/(outbox|preview)\//.test(url))
    must(phone.dead || leads || films().length === 0, `3: nothing on 今日 leads to what waits`)
  }

  /** With everything well again, all that waits arrives or says why not. */
  async end() {
    for (const phone of this.phones) {
      Object.assign(phone, { faults: {}, wallOffset: 0, countdown: null })
      phone.network = { up: true, delay: () => 50, loses: () => null }
      // Nor does what is confirmed now take the network away any more.
      Object.assign(phone.told, { onConfirmed: null, onOvertaken: null })
      if (phone.hidden) phone.show()
      await this.start(phone)
      await this.clock.advance(5_000)
      phone.goTo('/pages/outbox/index', 'navigateTo')
      await this.clock.advance(1_000)
      const before = itemsOf(phone)
      const [button] = phone.tappables.filter(({ words }) => words.includes('现在就发'))
      if (button) phone.touch(button.line)
      phone.told.touched(before, phone.top)
      await this.clock.advance(0.2 * HOUR)
      this.check()
      const waits = itemsOf(phone).filter(({ refusal }) => !refusal)
      must(waits.length === 0, `3: still waits at the end: ${JSON.stringify(waits)}`)
    }
  }
}

module.exports = { Walk }
