/** Runs the built Mini Program against a fake WeChat: every page, then a patient's whole way, killed in between. */
const fs = require('node:fs')
const path = require('node:path')
const assert = require('node:assert/strict')
const flowsOf = require('./flows.cjs')
const { textOf } = require('./tree.cjs')

const { dist, today, reach, until, tap, newPhone, openedToday, feels, filmed, recording, runAll } =
  flowsOf

const app = JSON.parse(fs.readFileSync(path.join(dist(), 'app.json'), 'utf8'))
const pages = [
  ...app.pages,
  ...app.subPackages.flatMap(({ root, pages: own }) => own.map((page) => `${root}/${page}`)),
]
const openings = {
  'pages/severe/index': '?dose_id=d1',
  'pages/preview/index': '?item=none',
  'packages/staff/staff-scan/index': '?scene=s%3DABCDEFGH2345',
  'pages/bind/index': '?scene=b%3DABCD2345',
}

/** On the app's own pad, key after key. */
async function press(phone, keys) {
  for (const key of keys) {
    phone.fire((node) => node.cl?.includes('pad-key') && textOf(node) === key, 'tap')
    await phone.clock.advance(50)
  }
}

const flows = {
  async 'before the first film what has to be at hand is shown, and not again'() {
    const { phone } = await openedToday({ prepared: false })
    await tap(phone, '开始服药拍摄')
    await tap(phone, '没有不舒服')
    await until(phone, '药和水准备好了吗')
    await tap(phone, '都准备好了')
    await until(phone, '开始拍')
    phone.launch()
    phone.open('pages/camera/index?dose_id=d1')
    await until(phone, '开始拍')
  },

  async 'every page opens and says something'() {
    for (const route of pages) {
      const { phone } = await openedToday()
      phone.open(route + (openings[route] ?? '?dose_id=d1'))
      await reach(
        phone,
        () => phone.text.length > 3 && !phone.text.includes('正在读取'),
        `${route} shows`,
      )
      assert.deepEqual(phone.errors, [], route)
      const english = phone.text
        .replace(/https?:\S+|\b[A-Z]\b|ABCD ?2345|Windows 电脑/g, '')
        .match(/[A-Za-z]{3,}/)
      assert.equal(english, null, `${route} shows English: ${english}`)
    }
  },

  async 'a new patient types the code, confirms, consents, and is in'() {
    const { phone, server } = newPhone({ bound: false })
    phone.open(today)
    await tap(phone, '输入数字')
    await until(phone, '先输入八个数字')
    await press(phone, '123456780002')
    await tap(phone, '下一步')
    await until(phone, '对不上')
    await press(phone, '删1')
    await tap(phone, '下一步')
    await until(phone, '王*国')
    await tap(phone, '是我本人')
    await until(phone, '我同意')
    await tap(phone, '我同意')
    await until(phone, '开始服药拍摄')
    assert.equal(server.bound, true)
  },

  async 'a scanned Mini Program code is looked up at once'() {
    const { phone } = newPhone({ bound: false })
    phone.open('pages/bind/index?scene=b%3DABCD2345')
    await until(phone, '王*国')
  },

  async 'a dose in three taps besides the shutter: filmed, sent, gone from the phone'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    await tap(phone, '发送给医生')
    await until(phone, '等医生看')
    await reach(phone, () => server.calls.some((c) => c.endsWith('/uploaded')), 'confirmed')
    assert.equal(server.films.all.length, 1)
    assert.equal(server.answers.size, 1)
    assert.deepEqual(
      [...phone.files.keys()].filter((f) => f.startsWith('wxfile://usr/films/')),
      [],
    )
  },

  async 'spoken words are fetched beforehand and heard step by step, without signal too'() {
    const { phone, server } = newPhone()
    server.voices = ['face_and_code', 'palm'].map((step) => ({
      voice_id: `words-of-${step}`,
      step,
      size: 16_000,
      url: `https://storage.test/${step}`,
    }))
    phone.open(today)
    await until(phone, '开始服药拍摄')
    const kept = (step) => `wxfile://usr/sounds/words-of-${step}.m4a`
    await reach(phone, () => phone.files.has(kept('palm')), 'the words are kept')
    server.down = true
    phone.launch()
    phone.open(today)
    await recording(phone, 7)
    await tap(phone, '拍好了，停')
    await until(phone, '发送给医生')
    assert.deepEqual(phone.played, [kept('face_and_code'), kept('palm')])
  },

  async 'a film that breaks off while words are spoken turns them off'() {
    const { phone, server } = newPhone()
    const url = 'https://storage.test/words'
    server.voices = [{ voice_id: 'words', step: 'face_and_code', size: 16_000, url }]
    phone.open(today)
    await reach(phone, () => phone.files.has('wxfile://usr/sounds/words.m4a'), 'kept')
    await recording(phone)
    phone.recordings[0].cut({ filmMs: null })
    await until(phone, '拍到一半断了')
    assert.equal(phone.played.length, 1)
    await tap(phone, '开始拍')
    await until(phone, '第 1 步')
    await phone.clock.advance(2_000)
    assert.equal(phone.played.length, 1)
  },

  async 'killed before sending: the film is still there, and is not filmed twice'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.launch()
    phone.open(today)
    await until(phone, '看一看再发送')
    await tap(phone, '看一看再发送')
    await until(phone, '发送给医生')
    await tap(phone, '发送给医生')
    await until(phone, '等医生看')
    assert.equal(server.films.all.length, 1)
  },

  async 'killed in the middle of the upload: sent on the next opening, once'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.network.delay = (call) => (call === 'uploadFile' ? 5_000 : 20)
    await tap(phone, '发送给医生')
    await until(phone, '50%')
    phone.launch()
    phone.open(today)
    await until(phone, '等医生看')
    assert.equal(server.films.all.length, 1)
    assert.equal(server.calls.filter((c) => c.endsWith('/recordings')).length, 2)
  },

  async 'no signal: kept as 待发送, sent when the network is back'() {
    const { phone, server } = await openedToday()
    server.down = true
    await filmed(phone)
    await tap(phone, '发送给医生')
    await until(phone, '待发送')
    phone.launch()
    phone.open(today)
    await until(phone, '没有网络，显示的是上次的内容')
    await until(phone, '待发送')
    server.down = false
    phone.connect(true)
    await until(phone, '等医生看')
    assert.equal(server.films.all.length, 1)
    assert.equal(server.answers.size, 1)
  },

  async 'a severe side effect stops the filming and tells the doctor'() {
    const { phone, server } = await openedToday()
    await tap(phone, '开始服药拍摄')
    await feels(phone, '喘不上气')
    await until(phone, '通知医生，先不服药')
    await tap(phone, '通知医生，先不服药')
    await until(phone, '已通知医生')
    assert.ok(phone.text.includes('120'))
    assert.deepEqual([...server.answers.values()][0].symptoms, ['breathless'])
  },

  async 'a refused camera leads to the settings, not to a dead end'() {
    const { phone } = await openedToday()
    phone.permissions.camera = 'denied'
    await tap(phone, '开始服药拍摄')
    await until(phone, '没有不舒服')
    await tap(phone, '没有不舒服')
    await until(phone, '去打开')
    phone.permissions.camera = 'granted'
    await tap(phone, '再试一次')
    await until(phone, '开始拍')
  },

  async 'a notice is seen on 我的, leads to its dose, and counts as read'() {
    const { phone, server } = await openedToday()
    phone.open('pages/mine/index')
    await until(phone, '消息')
    await until(phone, '1')
    await tap(phone, '消息')
    await until(phone, '有话要告诉您')
    await reach(phone, () => server.calls.includes('POST /api/notices/read'), 'read')
    await tap(phone, '医生看了您发来的视频，有话要告诉您')
    await until(phone, '肺结核强化期治疗')
    assert.equal(server.unread, 0)
  },

  async 'a doctor’s phone confirms the log-in on the PC'() {
    const { phone, server } = newPhone({ bound: false })
    phone.open('packages/staff/staff-scan/index?scene=s%3DABCDEFGH2345')
    await until(phone, '李梅')
    await tap(phone, '41')
    await until(phone, '好了，请看电脑')
    assert.ok(server.calls.includes('POST /api/staff-scans/confirm'))
  },
}

runAll(flows)
