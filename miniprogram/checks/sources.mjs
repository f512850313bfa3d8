/** Rules that no linter knows: who may touch the network, what a person may read, how long a file is. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LONGEST_FILE = 300
const LONGEST_PAGE = 150
const faults = []
const files = readdirSync('src', { recursive: true })
  .map((name) => join('src', name))
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('schema.gen.ts'))

const inPlatform = (name) => name.startsWith(join('src', 'platform'))

for (const name of files) {
  const text = readFileSync(name, 'utf8')
  const lines = text.split('\n').length
  const fault = (what) => faults.push(`${name}: ${what}`)

  if (
    name !== join('src', 'api', 'client.ts') &&
    /Taro\.(request|uploadFile|downloadFile)\b/.test(text)
  ) {
    fault('only api/client.ts talks to the network')
  }
  if (
    !inPlatform(name) &&
    /\b(window|localStorage|indexedDB|wx)\.|\bdocument\.(create|query|get|body)|process\.env\.TARO_ENV/.test(
      text,
    )
  ) {
    fault('what differs between the targets belongs in platform/')
  }
  if (name.startsWith(join('src', 'pages')) && lines > LONGEST_PAGE)
    fault(`a page of ${lines} lines`)
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

for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`${files.length} sources keep the house rules\n`)
process.exit(faults.length > 0 ? 1 : 0)
