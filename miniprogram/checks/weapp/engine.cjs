/**
 * The engine that runs the app's scripts. Each life of the app gets its own modules and its own view
 * of what is global, but all lives run in one realm and from one compilation of each file: so the
 * machine code of one life serves the next, and a walk of a hundred lives takes seconds.
 */
const fs = require('node:fs')
const vm = require('node:vm')

const realm = vm.createContext({})
const realmGlobal = vm.runInContext('globalThis', realm)
const NO_NAMES = ['undefined', 'NaN', 'Infinity', 'globalThis', 'eval']
/** As parameters they are found at once; through the realm's own object each look would be slow. */
const BUILT_IN = Object.getOwnPropertyNames(realmGlobal).filter((name) => !NO_NAMES.includes(name))
const builtIn = Object.fromEntries(BUILT_IN.map((name) => [name, realmGlobal[name]]))

const compiled = new Map()

function compiledOf(file, names) {
  if (!compiled.has(file)) {
    const source = `(function (${names.join()}) {${fs.readFileSync(file, 'utf8')}\n})`
    compiled.set(file, new vm.Script(source, { filename: file }).runInContext(realm))
  }
  return compiled.get(file)
}

/** Of one life: `globals` is what the phone puts there besides the language itself. */
class Engine {
  constructor(globals) {
    const all = { ...builtIn, ...globals }
    all.globalThis = all
    this.names = Object.keys(all).sort()
    this.values = this.names.map((name) => all[name])
  }

  run(file, require, module) {
    const run = compiledOf(file, [...this.names, 'require', 'module', 'exports'])
    run(...this.values, require, module, module.exports)
  }
}

module.exports = { Engine }
