/** The faults of the cold review, one probe each, on the built bundle: what the server got, what is offered. */
const assert = require('node:assert/strict')
const { actsOf, isWayToFilm, offersFilm } = require('./acts.cjs')
const flowsOf = require('./flows.cjs')

const { today, reach, until, tap, tapTwice, openedToday, feels, filmed, cutAfter, runAll } = flowsOf
const films = (server) => server.writes.filter(({ kind }) => kind === 'film')
const inFolder = (phone, name) =>
  [...phone.files.keys()].filter((path) => path.startsWith(`wxfile://usr/${name}/`))

async function severe(phone) {
  await tap(phone, '开始服药拍摄')
  await feels(phone, '喘不上气')
  await tap(phone, '通知医生，先不服药')
}

const confirmedThenCut = async () => {
  const { phone, server } = await openedToday()
  await filmed(phone)
  cutAfter(server, /\/uploaded$/)
  await tap(phone, '发送给医生')
  await reach(phone, () => films(server).length === 1, 'delivered')
  await phone.clock.advance(2_000)
  return { phone, server }
}

const probes = {
  async 'B1 the network goes right after the film was confirmed: it is not asked for again'() {
    const { phone } = await confirmedThenCut()
    assert.equal(phone.top.route, today)
    assert.equal(await offersFilm(phone, 'd1'), false)
  },

  async 'B1 the same, and the app is opened again with no network'() {
    const { phone } = await confirmedThenCut()
    phone.launch()
    phone.open(today)
    await phone.clock.advance(2_000)
    assert.equal(await offersFilm(phone, 'd1'), false)
  },

  async 'B1 a slow network: nothing is offered between the confirmation and the next answer'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.network.delay = (_, url) => (url.includes('/api/today') ? 9_000 : 20)
    await tap(phone, '发送给医生')
    await reach(phone, () => films(server).length === 1, 'delivered')
    await phone.clock.advance(200)
    assert.equal(await offersFilm(phone, 'd1'), false)
  },

  async 'B1 after a severe answer the dose is offered nowhere, however long nothing is heard'() {
    const { phone, server } = await openedToday({ conditions: ['tuberculosis', 'hypertension'] })
    cutAfter(server, /side-effects$/)
    await severe(phone)
    await until(phone, '已通知医生')
    await tap(phone, '知道了，回到今日')
    await phone.clock.advance(2_000)
    const acts = await actsOf(phone)
    const filming = acts.filter(({ url }) => isWayToFilm(url))
    assert.ok(filming.every(({ url }) => url.includes('dose_id=h1')))
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/severe/index?dose_id=d1')))
  },

  async 'B3 two taps on the first button open one page; after sending, 今日'() {
    const { phone, server } = await openedToday()
    phone.faults.slowPages = 400
    await tapTwice(phone, '开始服药拍摄', 0)
    await phone.clock.advance(1_500)
    assert.deepEqual(
      phone.stack.map((page) => page.route),
      [today, 'pages/side-effects/index'],
    )
    await tap(phone, '没有不舒服')
    await tap(phone, '开始拍')
    await phone.clock.advance(4_000)
    await tap(phone, '拍好了，停')
    await tap(phone, '发送给医生')
    await reach(phone, () => films(server).length === 1, 'delivered')
    await phone.clock.advance(1_000)
    assert.equal(phone.top.route, today)
  },

  async 'B3 two taps on 没有不舒服 give one answer and one way'() {
    const { phone, server } = await openedToday()
    await tap(phone, '开始服药拍摄')
    phone.faults.slowPages = 900
    await tapTwice(phone, '没有不舒服')
    await phone.clock.advance(3_000)
    assert.equal(server.answers.size, 1)
    assert.deepEqual(
      phone.stack.map((page) => page.route),
      [today, 'pages/camera/index'],
    )
  },

  async 'B3 two taps on 药我服了 give one report and go back once'() {
    const { phone, server } = await openedToday()
    await tap(phone, '今天不能拍')
    await tap(phone, '忘了拍')
    phone.faults.slowPages = 900
    await tapTwice(phone, '药我服了')
    await phone.clock.advance(3_000)
    assert.equal(server.reports.size, 1)
    assert.equal(phone.ways.filter(({ how }) => how === 'navigateBack').length, 1)
  },

  async 'B3 a touch while the page is still settling does nothing at all, and the next one all of it'() {
    const { phone, server } = await openedToday()
    await tap(phone, '开始服药拍摄')
    await until(phone, '没有不舒服')
    phone.tap('没有不舒服')
    await phone.clock.advance(2_000)
    assert.equal(phone.top.route, 'pages/side-effects/index')
    assert.equal(server.answers.size, 0)
    phone.tap('没有不舒服')
    await phone.clock.advance(2_000)
    assert.equal(phone.top.route, 'pages/camera/index')
    assert.equal(server.answers.size, 1)
  },

  async 'B3 药我服了 and then 今天没有服药 on the page that is still there: the first stands'() {
    const { phone, server } = await openedToday()
    await tap(phone, '今天不能拍')
    await tap(phone, '忘了拍')
    phone.faults.slowPages = 900
    await phone.clock.advance(100)
    phone.tap('药我服了')
    await phone.clock.advance(100)
    phone.tap('今天没有服药')
    await phone.clock.advance(3_000)
    assert.deepEqual(
      [...server.reports.values()].map(({ taken }) => taken),
      [true],
    )
  },

  async 'B4 an unsent film of yesterday is told on 今日, and 现在就发 sends it'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.end()
    await phone.clock.advance(24 * 3_600_000)
    phone.launch()
    phone.open(today)
    await phone.clock.advance(2_000)
    const acts = await actsOf(phone)
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/outbox/')))
    const card = acts.filter(({ url }) => url.includes('dose_id=d2'))
    assert.ok(card.length > 0, 'the dose of the new day is there, too')
    phone.goTo('/pages/outbox/index', 'navigateTo')
    await tap(phone, '现在就发')
    await reach(phone, () => films(server).length === 1, 'delivered')
    assert.equal(films(server)[0].dose_id, 'd1')
  },

  async 'B7 an older answer that comes last changes nothing'() {
    const { phone, server } = await openedToday()
    const delays = [4_000, 100]
    phone.network.delay = (_, url) => (url.includes('/api/today') ? (delays.shift() ?? 20) : 20)
    phone.top.onShow()
    await phone.clock.advance(2_500)
    const dose = server.doses.get('d1')
    server.doses.change(dose, { progress: 'pending_review' })
    phone.top.onShow()
    await phone.clock.advance(300)
    assert.equal(phone.text.includes('等医生看'), true)
    await phone.clock.advance(3_000)
    phone.network.up = false
    assert.equal(await offersFilm(phone, 'd1'), false)
    phone.launch()
    phone.open(today)
    await phone.clock.advance(1_000)
    assert.equal(await offersFilm(phone, 'd1'), false)
  },

  async 'B1 another phone sends the film while the camera stands open here: it does not start'() {
    const { phone, server } = await openedToday()
    await flowsOf.toCamera(phone)
    server.doses.change(server.doses.get('d1'), { progress: 'pending_review' })
    phone.stack[0].onShow()
    await phone.clock.advance(1_000)
    await tap(phone, '开始拍')
    await phone.clock.advance(1_000)
    assert.equal(phone.recordings.length, 0)
    await tap(phone, '回到今日')
    await phone.clock.advance(1_000)
    assert.equal(phone.top.route, today)
  },

  async 'B8 films go one at a time'() {
    const { phone, server } = await openedToday({ conditions: ['tuberculosis', 'hypertension'] })
    server.down = true
    for (let n = 0; n < 2; n += 1) {
      await filmed(phone)
      await tap(phone, '发送给医生')
      await phone.clock.advance(1_000)
    }
    phone.network.delay = (call) => (call === 'uploadFile' ? 20_000 : 20)
    server.down = false
    phone.connect(true)
    let most = 0
    phone.clock.watch = () => {
      most = Math.max(most, phone.uploads.size)
    }
    await reach(phone, () => films(server).length === 2, 'both delivered', 200_000)
    phone.clock.watch = null
    await phone.clock.advance(1_000)
    assert.equal(most, 1)
    assert.deepEqual(inFolder(phone, 'films'), [])
  },

  async 'B9 an upload that died in the background is broken off and sent again'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.network.delay = (call) => (call === 'uploadFile' ? 30_000 : 20)
    phone.faults.uploadsDie = true
    await tap(phone, '发送给医生')
    await until(phone, '50%')
    phone.hide()
    await phone.clock.advance(120_000)
    phone.faults.uploadsDie = false
    phone.show()
    await reach(phone, () => films(server).length === 1, 'delivered', 120_000)
  },

  async 'B11 a clock that jumps days ahead and back loses no film'() {
    const { phone, server } = await openedToday()
    phone.wallOffset = -2 * 86_400_000
    phone.hide()
    await phone.clock.advance(10_000)
    phone.show()
    await phone.clock.advance(2_000)
    await filmed(phone)
    phone.network.up = false
    await tap(phone, '发送给医生')
    phone.wallOffset = 0
    phone.hide()
    await phone.clock.advance(10_000)
    phone.show()
    phone.connect(true)
    await reach(phone, () => films(server).length === 1, 'delivered', 120_000)
  },
}

runAll(probes)
