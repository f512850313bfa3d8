/**
 * Do the checks find what they are for? Builds the app with one fault of the review put back, each in
 * a copy of the sources, and runs walks and probes on it: `put-back.mjs [fault] [seeds]`. By hand.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const COPIED = ['src', 'config', 'types', 'babel.config.js', 'package.json', 'tsconfig.json']
COPIED.push('project.config.json')

const FAULTS = {
  B1: [['offline/receipts.ts', 'const receipt = this.of(subject)\n    if (!receipt', 'if (true']],
  B2: [['features/doses/no-second-dose.tsx', '  return (\n', '  return null\n  return (\n']],
  B3: [
    ['platform/navigation.ts', '  if (moving) return\n', ''],
    ['ui/big-button.tsx', ' && !underWay()', ''],
    ['api/use-action.ts', 'running.current || underWay()', 'running.current'],
    ['api/use-action.ts', '      if (way !== before) await way\n', ''],
    ['offline/outbox.ts', 'if (waiting) return waiting.id', ''],
  ],
  B4: [
    ['features/outbox/outbox-note.tsx', "item.stage !== 'queued'", 'item.id === null'],
    [
      'offline/outbox.ts',
      'for (const item of [...this.all()].reverse()) this.release(item.id)',
      '',
    ],
  ],
  B7: [
    ['features/today/memory.ts', 'turn < heard ? lateAnswer(answer) :', ''],
    ['features/today/memory.ts', 'keepNewer(answer, recall<Today>(TODAY))', 'answer'],
  ],
}

function builtWith(fault) {
  const dir = mkdtempSync(join(tmpdir(), `weibu-${fault}-`))
  for (const name of COPIED) cpSync(name, join(dir, name), { recursive: true })
  symlinkSync(resolve('node_modules'), join(dir, 'node_modules'))
  for (const [file, from, to] of FAULTS[fault]) {
    const path = join(dir, 'src', file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`${fault}: ${file} has no ${from}`)
    writeFileSync(path, text.replace(from, to))
  }
  const env = { ...process.env, API_BASE: 'https://api.test' }
  const built = spawnSync('npx', ['taro', 'build', '--type', 'weapp'], { cwd: dir, env })
  if (built.status !== 0) throw new Error(`${fault}: ${built.stderr}`)
  return dir
}

function run(script, dist, ...args) {
  const env = { ...process.env, WEAPP_DIST: dist }
  return spawnSync('node', [`checks/weapp/${script}`, ...args], { env, encoding: 'utf8' }).stdout
}

const [only = '', seeds = '20'] = process.argv.slice(2)
for (const fault of Object.keys(FAULTS).filter((name) => !only || name === only)) {
  const dir = builtWith(fault)
  const dist = join(dir, 'dist/weapp')
  const failed = (text) => text.split('\n').filter((line) => line.startsWith('FAIL'))
  const probes = ['probes.cjs', 'probes-camera.cjs'].flatMap((name) => failed(run(name, dist)))
  const walks = failed(run('walk.cjs', dist, '1', seeds))
  const found = walks.filter((line) => line.includes('seed')).length
  process.stdout.write(
    `${fault} put back: ${found} of ${seeds} walks and ${probes.length} probes\n`,
  )
  for (const line of [...probes, ...walks]) process.stdout.write(`      ${line.slice(0, 160)}\n`)
  rmSync(dir, { recursive: true })
}
