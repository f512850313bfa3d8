/** What happens to a phone while somebody uses it. */
const { DAY, HOUR } = require('./doses.cjs')
const { must } = require('./rules.cjs')
const { usedBy } = require('./wx-files.cjs')

const TODAY = 'pages/today/index'
const START = ['silent', 'fails', null, null, null]
const STOP = ['silent', 'silent-compressed', 'stopping', 'fails', null, null, null, null, null]

const network = (walk, phone) => {
  const up = !phone.network.up
  walk.note(`${phone.name} network ${up ? 'up' : 'down'}`)
  if (!phone.hidden) phone.connect(up)
}

const dies = (walk, phone) => {
  const { random } = walk
  const [calls, when] = [1 + random.below(8), random.pick(['before', 'after'])]
  walk.note(`${phone.name} dies ${when} its call ${calls}`)
  phone.dieIn(calls, when)
}

const killed = (walk, phone) => {
  walk.note(`${phone.name} is killed`)
  phone.end()
}

const away = async (walk, phone) => {
  const { random } = walk
  const ms = random.chance(0.1) ? random.between(HOUR, 5 * HOUR) : random.between(500, 400_000)
  walk.note(`${phone.name} away for ${Math.round(ms / 1000)} s`)
  phone.faults.uploadsDie = random.chance(0.5)
  phone.hide()
  await walk.clock.advance(ms)
  if (!phone.dead) phone.show()
}

/** Hours in which every phone lies in a drawer: the day changes. */
const night = async (walk) => {
  if (walk.random.chance(0.25)) await pass(walk, walk.random.between(2 * HOUR, 14 * HOUR))
}

const pass = async (walk, ms) => {
  walk.note(`${Math.round(ms / HOUR)} hours pass`)
  for (const phone of walk.phones) phone.end()
  await walk.clock.advance(ms)
}

/** Filmed, and thought no more of until another day. */
const forgotten = async (walk) => {
  await pass(walk, walk.random.between(14 * HOUR, 20 * HOUR))
}

const clockSet = (walk, phone) => {
  const { random } = walk
  if (!random.chance(0.4)) return
  phone.wallOffset = random.pick([0, 0, 0, HOUR, -HOUR, DAY, -DAY, 2 * DAY, -2 * DAY])
  walk.note(`${phone.name} clock off by ${phone.wallOffset / HOUR} h`)
}

const storage = (walk, phone) => {
  const fills = !phone.faults.storageFull && walk.random.chance(0.3)
  phone.faults.storageFull = fills ? usedBy(phone) : null
  if (fills) phone.told.forgetHeard()
  walk.note(`${phone.name} storage ${phone.faults.storageFull ? 'full' : 'free'}`)
}

const files = (walk, phone) => {
  phone.faults.filesFull = !phone.faults.filesFull && walk.random.chance(0.5)
  if (walk.random.chance(0.2)) phone.faults.dies = 'copy'
  walk.note(`${phone.name} files ${phone.faults.filesFull ? 'full' : 'free'}`)
}

const camera = (walk, phone) => {
  phone.faults.startRecord = walk.random.pick(START)
  phone.faults.stopRecord = walk.random.pick(STOP)
  walk.note(`${phone.name} camera ${phone.faults.startRecord} ${phone.faults.stopRecord}`)
}

const call = (walk, phone) => {
  const { random } = walk
  const running = phone.recordings.at(-1)
  if (!running?.options) return
  walk.note(`${phone.name} is called`)
  const filmMs = random.chance(0.2) ? null : random.between(0, 1_800)
  running.cut({ newsMs: random.between(0, 900), filmMs })
}

const permissions = (walk, phone) => {
  const { random } = walk
  const well = random.chance(0.8)
  phone.permissions.microphone = well ? 'granted' : random.pick(['granted', 'denied'])
  phone.permissions.privacy = well ? 'agreed' : random.pick(['agreed', 'refused', 'undeclared'])
  phone.permissions.camera = well ? 'granted' : random.pick(['granted', 'denied'])
  walk.note(`${phone.name} permissions ${well ? 'given' : 'changed'}`)
}

const slow = (walk, phone) => {
  phone.faults.slowPages = walk.random.pick([30, 30, 300, 1_500, 3_000])
  walk.note(`${phone.name} pages open in ${phone.faults.slowPages} ms`)
}

const back = (walk, phone) => {
  if (phone.hidden) return
  walk.goBack(phone)
}

const pull = (walk, phone) => {
  walk.note(`${phone.name} pulls`)
  phone.mayDie(() => phone.top?.onPullDownRefresh?.())
}

/** The second answer may come before the first. */
const asksTwice = async (walk, phone) => {
  pull(walk, phone)
  await walk.clock.advance(walk.random.between(500, 5_000))
  if (!phone.dead) pull(walk, phone)
}

/** A third phone delivers while this one waits for an answer, which a newer one then overtakes. */
const elsewhere = async (walk, phone) => {
  if (phone.top?.route !== TODAY || !phone.network.up || phone.hidden) return
  walk.note(`${phone.name} asks before and after a film from elsewhere`)
  phone.waits = [10_000, 600]
  pull(walk, phone)
  await walk.clock.advance(5_500)
  walk.server.filmedElsewhere()
  if (!phone.dead) pull(walk, phone)
  await walk.clock.advance(5_000)
  phone.waits = []
}

const doctor = (walk) => {
  walk.note('the doctor lets go on')
  walk.server.doses.lift(walk.clock.now)
}

/** As long as WeChat takes to open a page, and longer where the phone is old. */
const OPENING_MS = [120, 300, 600, 1_500]

/**
 * Two touches of a trembling hand on one place, the second while the page that the first asked for
 * is still being opened: they lead one way.
 */
const trembles = async (walk, phone) => {
  const { random } = walk
  const buttons = phone.tappables.filter(({ kind }) => kind.includes('button'))
  if (buttons.length === 0) return
  const one = random.pick(buttons)
  const from = phone.top
  const { slowPages } = phone.faults
  phone.faults.slowPages = random.pick(OPENING_MS)
  walk.note(`${phone.name} touches twice: ${one.words.slice(0, 20)}`)
  const before = walk.itemsOf(phone)
  const { length: ways } = phone.ways
  phone.touch(one.line)
  phone.told.touched(before, from)
  await walk.clock.advance(random.between(0, 500))
  const meanwhile = walk.itemsOf(phone)
  if (!phone.dead && phone.top === from && from.data.root) phone.touch(one.line)
  phone.told.touched(meanwhile, from)
  await walk.clock.settle()
  if (!phone.dead) onceOnly(phone.ways.slice(ways))
  phone.faults.slowPages = slowPages
}

const onceOnly = (ways) =>
  must(ways.length <= 1, `6: two touches led two ways: ${ways.map(({ url }) => url).join(', ')}`)

const events = [
  ...[network, network, network, dies, dies, killed, away, away, night, clockSet, storage],
  ...[
    files,
    camera,
    camera,
    call,
    call,
    permissions,
    slow,
    back,
    back,
    pull,
    asksTwice,
    doctor,
    elsewhere,
  ],
  ...[trembles, trembles, trembles, trembles],
]

module.exports = { asksTwice, forgotten, pull, events }
