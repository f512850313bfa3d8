/** Runs the built Mini Program against a fake WeChat: every page, then a patient's whole way, killed in between. */
const fs = require('node:fs')
const path = require('node:path')
const assert = require('node:assert/strict')
const { Phone } = require('./phone.cjs')
const { Server } = require('./server.cjs')
const { textOf } = require('./tree.cjs')

const dist = path.resolve('dist/weapp')
const today = 'pages/today/index'

async function until(phone, words, ms = 4000) {
  const end = Date.now() + ms
  while (!phone.text.includes(words)) {
    if (Date.now() > end) {
      throw new Error(
        `"${words}" never came on ${phone.top?.route}; there is: ${phone.text}\n${phone.errors.join('\n')}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function reach(phone, holds, what, ms = 4000) {
  const end = Date.now() + ms
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never: ${what}\n${phone.errors.join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function newPhone({ bound }) {
  const server = new Server()
  server.bound = bound
  return { server, phone: new Phone(dist, server) }
}

async function openedToday() {
  const { server, phone } = newPhone({ bound: true })
  phone.open(today)
  await until(phone, '开始服药拍摄')
  await reach(
    phone,
    () => server.calls.includes('GET /api/doses/symptoms'),
    'the days ahead are remembered',
  )
  return { server, phone }
}

async function toCamera(phone) {
  phone.tap('开始服药拍摄')
  await until(phone, '今天有没有不舒服')
  phone.tap('没有不舒服')
  await until(phone, '药和水准备好了吗')
  phone.tap('都准备好了')
  await until(phone, '今天的数字')
  phone.fire(phone.component('camera-picture'), 'initdone')
  await until(phone, '开始拍')
}

async function filmed(phone) {
  await toCamera(phone)
  assert.ok(phone.text.includes('4821'), 'the code of the day is in view')
  phone.tap('开始拍')
  await until(phone, '第 1 步')
  assert.equal(phone.recordOptions.timeout, 60)
  await new Promise((resolve) => setTimeout(resolve, 3100))
  phone.tap('拍好了，停')
  await until(phone, '发送给医生')
}

const app = JSON.parse(fs.readFileSync(path.join(dist, 'app.json'), 'utf8'))
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

async function press(phone, keys) {
  for (const key of keys) {
    phone.fire((node) => node.cl?.includes('pad-key') && textOf(node) === key, 'tap')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const flows = {
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
    await until(phone, '输入数字')
    phone.tap('输入数字')
    await until(phone, '先输入八个数字')
    await press(phone, '12345678000')
    await until(phone, '手机号最后四位')
    await press(phone, '2')
    await until(phone, '下一步')
    phone.tap('下一步')
    await until(phone, '对不上')
    await press(phone, '删')
    await until(phone, '再输入手机号最后四位')
    await press(phone, '1')
    await until(phone, '下一步')
    phone.tap('下一步')
    await until(phone, '王*国')
    phone.tap('是我本人')
    await until(phone, '我同意')
    phone.tap('我同意')
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
    phone.tap('发送给医生')
    await until(phone, '待审核')
    await reach(phone, () => server.calls.some((c) => c.endsWith('/uploaded')), 'confirmed')
    assert.equal(server.films.size, 1)
    assert.equal(server.answers.size, 1)
    assert.deepEqual(
      [...phone.files.keys()].filter((f) => f.startsWith('wxfile://usr/films/')),
      [],
    )
  },

  async 'killed before sending: the film is still there, and is not filmed twice'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.launch()
    phone.open(today)
    await until(phone, '看一看再发送')
    phone.tap('看一看再发送')
    await until(phone, '发送给医生')
    phone.tap('发送给医生')
    await until(phone, '待审核')
    assert.equal(server.films.size, 1)
  },

  async 'killed in the middle of the upload: sent on the next opening, once'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    phone.killAt = 'upload'
    phone.tap('发送给医生')
    await until(phone, '50%')
    phone.launch()
    phone.killAt = null
    phone.open(today)
    await until(phone, '待审核')
    assert.equal(server.films.size, 1)
    assert.equal(server.calls.filter((c) => c.endsWith('/recordings')).length, 2)
  },

  async 'no signal: kept as 待发送, sent when the network is back'() {
    const { phone, server } = await openedToday()
    server.down = true
    await filmed(phone)
    phone.tap('发送给医生')
    await until(phone, '待发送')
    phone.launch()
    phone.open(today)
    await until(phone, '没有网络，显示的是上次的内容')
    await until(phone, '待发送')
    server.down = false
    for (const listener of phone.networkListeners)
      listener({ isConnected: true, networkType: '4g' })
    await until(phone, '待审核')
    assert.equal(server.films.size, 1)
    assert.equal(server.answers.size, 1)
  },

  async 'a severe side effect stops the filming and tells the doctor'() {
    const { phone, server } = await openedToday()
    phone.tap('开始服药拍摄')
    await until(phone, '没有不舒服')
    phone.fire((node) => textOf(node) === '有不舒服', 'tap')
    await until(phone, '下面这些要紧')
    phone.tap('喘不上气')
    await until(phone, '通知医生，先不服药')
    phone.tap('通知医生，先不服药')
    await until(phone, '已通知医生')
    assert.ok(phone.text.includes('120'))
    assert.deepEqual([...server.answers.values()][0].symptoms, ['breathless'])
  },

  async 'a refused camera leads to the settings, not to a dead end'() {
    const { phone } = await openedToday()
    phone.cameraRefused = true
    phone.tap('开始服药拍摄')
    await until(phone, '没有不舒服')
    phone.tap('没有不舒服')
    await until(phone, '去打开相机')
  },

  async 'a notice is seen on 我的, leads to its dose, and counts as read'() {
    const { phone, server } = await openedToday()
    phone.open('pages/mine/index')
    await until(phone, '消息')
    await until(phone, '1')
    phone.tap('消息')
    await until(phone, '有话要告诉您')
    await reach(phone, () => server.calls.includes('POST /api/notices/read'), 'read')
    phone.tap('医生看了您发来的视频，有话要告诉您')
    await until(phone, '肺结核强化期治疗')
    assert.equal(server.unread, 0)
  },

  async 'a doctor’s phone confirms the log-in on the PC'() {
    const { phone, server } = newPhone({ bound: false })
    phone.open('packages/staff/staff-scan/index?scene=s%3DABCDEFGH2345')
    await until(phone, '李梅')
    phone.tap('41')
    await until(phone, '好了，请看电脑')
    assert.ok(server.calls.includes('POST /api/staff-scans/confirm'))
  },
}

async function outcome(name, run) {
  try {
    await run()
    return { line: `ok    ${name}`, failed: false }
  } catch (error) {
    return { line: `FAIL  ${name}\n${error.stack}`, failed: true }
  }
}

async function main() {
  const outcomes = await Promise.all(Object.entries(flows).map(([name, run]) => outcome(name, run)))
  for (const { line } of outcomes) process.stdout.write(`${line}\n`)
  process.exit(outcomes.some(({ failed }) => failed) ? 1 : 0)
}

main()
