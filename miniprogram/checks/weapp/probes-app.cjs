/** What the app does around the doses: start without a network, take a new version, be found, be read. */
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const flowsOf = require('./flows.cjs')

const { dist, today, reach, until, tap, newPhone, openedToday, recording, filmed, runAll } = flowsOf
const builtJson = (name) => JSON.parse(fs.readFileSync(path.join(dist(), name), 'utf8'))
const applied = (phone) => phone.done.filter(({ call }) => call === 'applyUpdate').length
const twice = (all) => all.filter((one, place) => all.indexOf(one) !== place)

const probes = {
  async 'A15 an opening asks for each thing once, and reads each key of the storage once'() {
    const { phone, server } = newPhone()
    phone.open(today)
    await until(phone, '开始服药拍摄')
    await phone.clock.advance(2_000)
    assert.deepEqual(twice(phone.reads), [])
    for (const page of ['calendar', 'mine', 'today', 'calendar']) {
      const before = server.calls.length
      phone.goTo(`/pages/${page}/index`, 'switchTab')
      await phone.clock.advance(2_000)
      const asked = server.calls.slice(before)
      assert.ok(asked.length > 0, page)
      assert.deepEqual([page, twice(asked)], [page, []])
    }
    // Opened again, a page reads nothing: memory has it.
    assert.deepEqual(twice(phone.reads), [])
  },

  async 'A6 started with no network: 没有网络, and nothing about WeChat’s login'() {
    for (const route of [today, 'pages/mine/index', 'packages/me/record/index']) {
      const { phone } = newPhone()
      phone.network.up = false
      phone.launch()
      phone.open(route)
      await until(phone, '没有网络', 30_000)
      assert.equal(phone.text.includes('微信登录'), false, phone.text)
    }
  },

  async 'A6 the same, days after the session has ended: what is remembered, and 没有网络'() {
    const { phone } = await openedToday()
    phone.end()
    await phone.clock.advance(9 * 3_600_000)
    phone.network.up = false
    phone.launch()
    phone.open(today)
    await until(phone, '没有网络', 30_000)
    assert.equal(phone.text.includes('微信登录'), false, phone.text)
    assert.ok(phone.text.includes('四联片'))
  },

  async 'A9 a new version starts by itself where nothing is under way'() {
    const { phone } = await openedToday()
    phone.hasUpdate()
    await phone.clock.advance(500)
    assert.equal(applied(phone), 1)
  },

  async 'A9 a new version breaks off no filming: it starts when the camera is left'() {
    const { phone } = await openedToday()
    await recording(phone, 20)
    phone.hasUpdate()
    await phone.clock.advance(30_000)
    assert.equal(applied(phone), 0)
    phone.back()
    await phone.clock.advance(15_000)
    assert.equal(applied(phone), 1)
  },

  async 'A9 nor a film on its way to the doctor'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.network.delay = (call) => (call === 'uploadFile' ? 40_000 : 20)
    await tap(phone, '发送给医生')
    await until(phone, '50%')
    phone.hasUpdate()
    await phone.clock.advance(20_000)
    assert.equal(applied(phone), 0)
    await reach(phone, () => server.films.all.some((film) => film.uploaded_at), 'sent', 60_000)
    await phone.clock.advance(15_000)
    assert.equal(applied(phone), 1)
  },

  async 'A10 no page is shown to WeChat’s crawler'() {
    assert.equal(builtJson('app.json').sitemapLocation, 'sitemap.json')
    assert.deepEqual(builtJson('sitemap.json').rules, [{ action: 'disallow', page: '*' }])
  },

  async 'D6 a consent is given by nobody before its end was in view, above what covers it'() {
    const { phone } = newPhone({ bound: false })
    phone.faults.longTexts = true
    phone.open('pages/bind/index?scene=b%3DABCD2345')
    await tap(phone, '是我本人')
    await until(phone, '请先往下看完')
    await phone.clock.advance(10_000)
    assert.equal(phone.text.includes('我同意'), false)
    // The buttons at the bottom of the page lie over its end.
    assert.ok([...phone.watched].every(({ bottom }) => bottom <= -54))
    phone.comesIntoView()
    await until(phone, '我同意')
  },

  async 'D6 where nothing can be watched nobody is kept from going on'() {
    const { phone } = newPhone({ bound: false })
    phone.faults.unwatched = true
    phone.open('pages/bind/index?scene=b%3DABCD2345')
    await tap(phone, '是我本人')
    await until(phone, '我同意')
  },
}

runAll(probes)
