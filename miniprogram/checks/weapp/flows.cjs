/** What every check of the built bundle does: wait for words, tap, film, and say how it went. */
const path = require('node:path')
const { Killed } = require('./clock.cjs')
const { Phone } = require('./phone.cjs')
const { Server } = require('./server.cjs')
const { textOf } = require('./tree.cjs')

const dist = () => path.resolve(process.env.WEAPP_DIST ?? 'dist/weapp')
const today = 'pages/today/index'
/** As long as the app ignores taps after a way between two pages. */
const LOCK_MS = 900

const stray = []
process.on('unhandledRejection', (error) => {
  if (!(error instanceof Killed)) stray.push(error)
})

async function reach(phone, holds, what, ms = 20_000) {
  if (await phone.clock.until(holds, ms)) return
  const seen = `${phone.top?.route}; there is: ${phone.text}`
  throw new Error(`never: ${what} on ${seen}\n${phone.errors.join('\n')}`)
}

const until = (phone, words, ms) => reach(phone, () => phone.text.includes(words), words, ms)

/** Waits as a person does until a page that has just opened takes taps. */
async function tap(phone, words) {
  await until(phone, words)
  await phone.clock.advance(LOCK_MS)
  phone.tap(words)
  await phone.clock.settle()
}

/** Two taps of a trembling hand: the second falls on the page that is still there. */
async function tapTwice(phone, words, gapMs = 60) {
  await until(phone, words)
  await phone.clock.advance(LOCK_MS)
  const page = phone.top
  phone.tap(words)
  await phone.clock.advance(gapMs)
  const isThere = phone.top === page && phone.tappables.some((one) => one.words.includes(words))
  if (isThere) phone.tap(words)
  await phone.clock.settle()
}

function newPhone({ bound = true, prepared = true, ...how } = {}) {
  const server = new Server(how)
  server.bound = bound
  const phone = new Phone(dist(), server)
  // What to have at hand is shown before the first film; here it was.
  if (prepared) phone.storage.set('weibu::prepared-seen', 'true')
  return { server, phone }
}

/** With the days ahead remembered. */
async function openedToday(how = {}) {
  const { server, phone } = newPhone({ bound: true, ...how })
  phone.open(today)
  await until(phone, '开始服药拍摄')
  await reach(phone, () => server.calls.includes('GET /api/doses/symptoms'), 'remembered ahead')
  await phone.clock.advance(300)
  return { server, phone }
}

/** The question about side effects answered with nothing. */
async function toCamera(phone) {
  await tap(phone, '开始服药拍摄')
  const isAsked = () => phone.text.includes('今天有没有不舒服')
  // Once a day: the next dose of the same day leads on at once.
  await reach(phone, () => isAsked() || phone.text.includes('开始拍'), 'the question or the camera')
  if (isAsked()) await tap(phone, '没有不舒服')
  await until(phone, '今天的数字')
  await until(phone, '开始拍')
}

/** Says on the page of the question that something is felt, and which. */
async function feels(phone, words) {
  await until(phone, '没有不舒服')
  await phone.clock.advance(LOCK_MS)
  phone.fire((node) => textOf(node) === '有不舒服', 'tap')
  await tap(phone, words)
}

async function recording(phone, seconds = 4) {
  await toCamera(phone)
  await tap(phone, '开始拍')
  await until(phone, '第 1 步')
  await phone.clock.advance(seconds * 1000)
}

async function filmed(phone) {
  await recording(phone)
  await tap(phone, '拍好了，停')
  await until(phone, '发送给医生')
}

/** The network goes right after the server has taken this in. */
function cutAfter(server, pattern) {
  const answer = server.answer.bind(server)
  server.answer = (options, phone) => {
    const told = answer(options, phone)
    // The answer itself arrives; nothing after it does.
    if (pattern.test(options.url)) server.down = true
    return told
  }
}

async function outcome(name, run) {
  stray.length = 0
  try {
    await run()
    await new Promise((resolve) => setImmediate(resolve))
    if (stray.length > 0) throw stray[0]
    return { line: `ok    ${name}`, failed: false }
  } catch (error) {
    return { line: `FAIL  ${name}\n${error.stack}`, failed: true }
  }
}

/** One line a flow; with a word as argument only those that have it in their names. */
async function runAll(flows) {
  const only = process.argv[2] ?? ''
  let failures = 0
  for (const [name, run] of Object.entries(flows)) {
    if (!name.includes(only)) continue
    const { line, failed } = await outcome(name, run)
    process.stdout.write(`${line}\n`)
    failures += failed ? 1 : 0
  }
  process.exit(failures > 0 ? 1 : 0)
}

module.exports = {
  ...{ dist, today, reach, until, tap, tapTwice, newPhone, openedToday, toCamera },
  ...{ feels, recording, filmed, cutAfter, runAll },
}
