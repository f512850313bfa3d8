/** Is dist/weapp what WeChat will take: its own compilers, the size of each package, and a run against a fake phone. */
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const dist = resolve('dist/weapp')
const KB = 1024
// WeChat takes 2 MB each; these are our own: the first opening waits for the main package.
const MAIN_PACKAGE_KB = 700
const OTHER_PACKAGE_KB = 300
const system = { darwin: 'mac', linux: 'linux', win32: 'windows' }[process.platform]
const compilers = join(
  dirname(createRequire(import.meta.url).resolve('miniprogram-compiler/package.json')),
  'bin',
  system,
)
const files = readdirSync(dist, { recursive: true }).filter((name) =>
  statSync(join(dist, name)).isFile(),
)
const named = (...ends) => files.filter((name) => ends.some((end) => name.endsWith(end)))

function must(what, passed, detail = '') {
  process.stdout.write(`${passed ? 'ok   ' : 'FAIL '} ${what}${passed ? '' : `\n${detail}`}\n`)
  if (!passed) process.exitCode = 1
}

function compile(compiler, args) {
  // The package is installed without its scripts, which would have made these executable.
  chmodSync(join(compilers, compiler), 0o755)
  const ran = spawnSync(join(compilers, compiler), args, {
    cwd: dist,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return { passed: ran.status === 0, detail: `${ran.error ?? ''}${ran.stderr ?? ''}` }
}

const templates = named('.wxml', '.wxs')
const wcc = compile('wcc', ['-d', ...templates])
must(`wcc compiles ${templates.length} templates`, wcc.passed && templates.length > 16, wcc.detail)

const sheets = named('.wxss')
for (const sheet of sheets) {
  // The sheet itself first, then those that it may import.
  const wcsc = compile('wcsc', [sheet, ...sheets.filter((other) => other !== sheet)])
  must(`wcsc compiles ${sheet}`, wcsc.passed, wcsc.detail)
}

const { subPackages } = JSON.parse(readFileSync(join(dist, 'app.json'), 'utf8'))
const roots = subPackages.map(({ root }) => `${root}/`)
const rootOf = (name) => roots.find((root) => name.startsWith(root)) ?? ''
for (const root of ['', ...roots]) {
  const own = files.filter((name) => rootOf(name) === root)
  const size = Math.round(own.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0) / KB)
  const most = root ? OTHER_PACKAGE_KB : MAIN_PACKAGE_KB
  must(`${root || 'main package'} ${size} KB of ${most} KB`, own.length > 0 && size <= most)
}

const built = spawnSync('node', ['checks/built.mjs', 'weapp'], { encoding: 'utf8' })
must('every script parses as ES2015, and none is of the preview', built.status === 0, built.stderr)

/** Each on the built bundle and a fake phone. More random walks are run by hand: `walk.cjs 1 500`. */
const RUNS = [
  ['the bundle runs on a fake phone', 'smoke.cjs'],
  ['the faults of the review are gone', 'probes.cjs'],
  ['it starts, updates and is read as it should', 'probes-app.cjs'],
  ['no film is lost to camera, permissions or storage', 'probes-camera.cjs'],
  ['20 random walks keep the promises', 'walk.cjs', '1', '20'],
]
for (const [what, script, ...words] of RUNS) {
  const began = Date.now()
  const ran = spawnSync('node', [`checks/weapp/${script}`, ...words], { encoding: 'utf8' })
  const took = `${Math.round((Date.now() - began) / 1000)} s`
  const lines = ran.stdout.trim().split('\n')
  const runs = words.length > 0 ? '' : `${lines.length} runs, `
  must(`${what}: ${runs}${took}`, ran.status === 0, ran.stdout + ran.stderr)
}
