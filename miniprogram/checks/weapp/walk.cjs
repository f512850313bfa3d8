/**
 * Random walks: `walk.cjs [first seed] [how many] [steps]`, on as many cores as there are. One line,
 * and of each broken rule where it broke; with WALK_LOG=1 the way there, too.
 */
const { fork } = require('node:child_process')
const os = require('node:os')
const { dist } = require('./flows.cjs')
const { Walk } = require('./walker.cjs')

const [first = 1, count = 20, steps = 2_000] = process.argv.slice(2).map(Number)

async function walk(seed) {
  const one = new Walk(dist(), seed, { steps })
  const found = await one.run()
  return { sum: one.sum, found: found && wordsOf(seed, found) }
}

function wordsOf(seed, found) {
  const way = process.env.WALK_LOG ? `\n      ${found.log.join('\n      ')}` : ''
  return `FAIL  seed ${seed}, step ${found.step}: ${found.what}${way}\n`
}

/** In a process of its own: a seed comes in, what it found goes out. */
function serve() {
  process.on('message', (seed) => {
    walk(seed).then(
      (outcome) => process.send(outcome),
      (error) => process.send({ found: `FAIL  seed ${seed}: ${error.stack}\n` }),
    )
  })
}

function main() {
  const began = Date.now()
  const seeds = Array.from({ length: count }, (_, n) => first + n)
  const sums = {}
  let broken = 0
  let working = 0
  const end = () => {
    const took = Math.round((Date.now() - began) / 1000)
    const word = broken > 0 ? 'FAIL ' : 'ok   '
    const what = `${count} random walks of ${steps} steps, ${broken} broken`
    const { taken, written, lives } = sums
    const happened = `${taken} films taken, ${written} writes, ${lives} starts`
    process.stdout.write(`${word} ${what} (${happened}), ${took} s\n`)
    process.exit(broken > 0 ? 1 : 0)
  }
  const next = (worker) => {
    const seed = seeds.shift()
    if (seed !== undefined) return worker.send(seed)
    worker.kill()
    working -= 1
    return working === 0 ? end() : undefined
  }
  for (let n = 0; n < Math.min(os.availableParallelism(), count); n += 1) {
    const worker = fork(__filename, process.argv.slice(2), { env: { ...process.env, WALKER: '1' } })
    working += 1
    worker.on('message', ({ found, sum }) => {
      for (const name of Object.keys(sum ?? {})) sums[name] = (sums[name] ?? 0) + sum[name]
      if (found) {
        broken += 1
        process.stdout.write(found)
      }
      next(worker)
    })
    next(worker)
  }
}

if (process.env.WALKER) serve()
else main()
