/** Fails when a built script uses syntax newer than the phones it is for: es-level.mjs DIR YEAR. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'

const [dir, year] = process.argv.slice(2)
const scripts = readdirSync(dir, { recursive: true }).filter((name) => name.endsWith('.js'))
const faults = []
for (const name of scripts) {
  try {
    parse(readFileSync(join(dir, name), 'utf8'), {
      ecmaVersion: Number(year),
      sourceType: 'script',
    })
  } catch (error) {
    faults.push(`${name}: ${error.message}`)
  }
}
if (scripts.length === 0) faults.push(`no scripts in ${dir}`)
for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`${dir}: ${scripts.length} scripts parse as ES${year}\n`)
process.exit(faults.length > 0 ? 1 : 0)
