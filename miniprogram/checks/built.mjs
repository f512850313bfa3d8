/** Is a build fit for its target: no syntax its engines lack, nothing of the other target inside. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'

const TARGETS = {
  weapp: {
    year: 2015,
    foreign: ['standin/login-code', 'weibu.preview', 'MediaRecorder', 'indexedDB'],
  },
  h5: { year: 2022, foreign: ['onlyFromCamera', 'selfieMirror', 'scope.camera'] },
}

const target = process.argv[2]
const { year, foreign } = TARGETS[target]
const dir = join('dist', target)
const scripts = readdirSync(dir, { recursive: true }).filter((name) => name.endsWith('.js'))
const faults = scripts.length === 0 ? [`no scripts in ${dir}`] : []

for (const name of scripts) {
  const text = readFileSync(join(dir, name), 'utf8')
  try {
    parse(text, { ecmaVersion: year, sourceType: 'script' })
  } catch (error) {
    faults.push(`${name}: not ES${year}: ${error.message}`)
  }
  for (const word of foreign) {
    if (text.includes(word)) faults.push(`${name}: ${word} belongs to the other target`)
  }
}

for (const fault of faults) process.stderr.write(`${fault}\n`)
if (faults.length === 0)
  process.stdout.write(`${dir}: ${scripts.length} scripts parse as ES${year}\n`)
process.exit(faults.length > 0 ? 1 : 0)
