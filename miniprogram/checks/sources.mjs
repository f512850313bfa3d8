/** Rules that no linter knows: who may touch the network, what a person may read, how long a file is. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const LONGEST_FILE = 300
const LONGEST_PAGE = 150
const faults = []
const files = readdirSync('src', { recursive: true })
  .map((name) => join('src', name))
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('schema.gen.ts'))

// What lies on a floor may use the floors below it, and its own.
const FLOORS = ['lib', 'platform', 'api', 'offline', 'ui', 'features', 'pages', 'packages']
// A feature is used by others through these alone.
const DOORS = ['index', 'words']

const isPage = (name) => /^src\/(pages|packages)\//.test(name)
const inPlatform = (name) => name.startsWith(join('src', 'platform'))

for (const name of files) {
  const text = readFileSync(name, 'utf8')
  const lines = text.split('\n').length
  const fault = (what) => faults.push(`${name}: ${what}`)

  if (
    !name.startsWith(join('src', 'api')) &&
    /Taro\.(request|uploadFile|downloadFile)\b/.test(text)
  ) {
    fault('only api/ talks to the network')
  }
  if (
    !inPlatform(name) &&
    /\b(window|localStorage|indexedDB|wx)\.|\bdocument\.(create|query|get|body)|process\.env\.TARO_ENV/.test(
      text,
    )
  ) {
    fault('what differs between the targets belongs in platform/')
  }
  if (isPage(name) && lines > LONGEST_PAGE) fault(`a page of ${lines} lines`)
  if (isPage(name) && name.endsWith('index.tsx') && !text.includes('export default guarded(')) {
    fault('a page that cannot be drawn must say so: export default guarded(…)')
  }
  if (lines > LONGEST_FILE) fault(`${lines} lines`)
  for (const [, words] of text.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)+)\s*</g)) {
    fault(`English on the screen: ${words}`)
  }
}
for (const name of files.filter(
  (file) => file.endsWith('.weapp.ts') || file.endsWith('.weapp.tsx'),
)) {
  const twin = name.replace('.weapp.', '.h5.')
  if (!files.includes(twin)) faults.push(`${name}: has no ${twin}`)
}

// A rule is there for a class that some source names, whole or up to what is filled in.
const sources = files.map((name) => readFileSync(name, 'utf8')).join('\n')
const FOREIGN = /^(taro|weui)[-_]/
const isNamed = (rule) =>
  new RegExp(`(?<![\\w-])${rule}(?![\\w-])`).test(sources) ||
  rule
    .split('-')
    .some((_, at, parts) => at > 0 && sources.includes(`${parts.slice(0, at).join('-')}-\${`))
const sheets = readdirSync('src', { recursive: true }).filter((name) => name.endsWith('.css'))
const subjects = new Map()
for (const sheet of sheets.filter((name) => !name.endsWith('.gen.css'))) {
  const name = join('src', sheet)
  const text = readFileSync(name, 'utf8')
  const lines = text.split('\n').length
  if (lines > LONGEST_FILE) faults.push(`${name}: ${lines} lines`)
  if (!sources.includes(`${sheet.split('/').at(-1)}'`)) faults.push(`${name}: nobody imports it`)
  for (const [, selector] of text.matchAll(/^ *(\.[a-z][\w-]*) \{/gm)) {
    const other = subjects.get(selector)
    // The order in which the sheets arrive is the bundler's: no two may speak of the same element.
    if (other && other !== name) faults.push(`${name}: ${other} has rules for ${selector}, too`)
    subjects.set(selector, name)
  }
  const rules = new Set([...text.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/g)].map(([, rule]) => rule))
  for (const rule of rules) {
    if (!FOREIGN.test(rule) && !isNamed(rule)) faults.push(`${name}: nothing is a .${rule}`)
  }
}

const IMPORT = /(?:from|import)\s*\(?'(@\/|\.{1,2}\/)([^']+)'/g
const insideOf = (name) => name.split('/').slice(1)
const uses = new Map()

/** The path below src/ that an import means, or nothing where it leads out of it. */
function meant(name, lead, rest) {
  const path =
    lead === '@/' ? rest : normalize(join(dirname(name), lead + rest)).slice('src/'.length)
  return path.split('/')
}

for (const name of files) {
  const [floor, feature] = insideOf(name)
  const height = FLOORS.indexOf(floor)
  for (const [, lead, rest] of readFileSync(name, 'utf8').matchAll(IMPORT)) {
    const [usedFloor, usedFeature, door] = meant(name, lead, rest)
    if (height >= 0 && FLOORS.indexOf(usedFloor) > height) {
      faults.push(`${name}: ${floor}/ does not use ${usedFloor}/, which lies above it`)
    }
    if (floor !== 'features' || usedFloor !== 'features' || usedFeature === feature) continue
    uses.set(feature, (uses.get(feature) ?? new Set()).add(usedFeature))
    if (door && !DOORS.includes(door)) {
      faults.push(`${name}: use features/${usedFeature} through its index or its words`)
    }
  }
}

/** A way from the feature back to itself. */
function circle(from, way = [from]) {
  for (const next of uses.get(way[way.length - 1]) ?? []) {
    if (next === from) return [...way, next]
    if (way.includes(next)) continue
    const found = circle(from, [...way, next])
    if (found) return found
  }
  return null
}

for (const feature of uses.keys()) {
  const found = circle(feature)
  if (found) faults.push(`features in a circle: ${found.join(' > ')}`)
}

for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`${files.length} sources keep the house rules\n`)
process.exit(faults.length > 0 ? 1 : 0)
