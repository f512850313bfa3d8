/** A phone with WeChat on it: its storage and files outlive the app; everything else dies with it. */
const fs = require('node:fs')
const path = require('node:path')
const { Killed, Timers, globalsOf } = require('./clock.cjs')
const { Engine } = require('./engine.cjs')
const { Random } = require('./random.cjs')
const { Screen } = require('./screen.cjs')
const { bindingsOf, patch } = require('./tree.cjs')
const { Permissions } = require('./wx-asks.cjs')
const { apis } = require('./wx.cjs')
const { comesIntoView } = require('./wx-watch.cjs')

const MOST_PAGES = 10
const templates = new Map()

function templatesOf(dist) {
  const file = path.join(dist, 'base.wxml')
  if (!templates.has(file)) templates.set(file, bindingsOf(fs.readFileSync(file, 'utf8')))
  return templates.get(file)
}

class Phone extends Screen {
  constructor(dist, server, { clock = server.clock, name = 'p', seed = 1, start = true } = {}) {
    super()
    this.dist = dist
    this.server = server
    this.clock = clock
    this.name = name
    this.random = new Random(seed)
    this.bindings = templatesOf(dist)
    this.storage = new Map()
    this.files = new Map()
    this.folders = new Set()
    this.permissions = new Permissions()
    this.network = { up: true, delay: () => 20, loses: () => null }
    /** What goes wrong, by name: see the wx-*.cjs files, where each is read. */
    this.faults = {}
    /** How far this phone's own clock is off. */
    this.wallOffset = 0
    this.life = 0
    this.filmCount = 0
    this.codes = 0
    /** What was done outside the app: called, shared, opened. */
    this.done = []
    this.dead = true
    this.stack = []
    if (start) this.launch()
  }

  /** A fresh engine, as after a kill: only storage and files are what they were. */
  launch() {
    this.end()
    this.errors = []
    this.pages = []
    this.stack = []
    this.ways = []
    this.reads = []
    this.toasts = []
    this.recordings = []
    this.appShows = []
    this.appHides = []
    this.networkListeners = []
    this.updateListeners = []
    this.watched = new Set()
    this.modules = new Map()
    this.openCalls = new Set()
    this.uploads = new Set()
    this.cameraContext = null
    this.leaveQuestion = null
    this.hidden = false
    this.dead = false
    this.timers = new Timers(this.clock)
    for (const file of [...this.files.keys()])
      if (file.startsWith('wxfile://tmp')) this.files.delete(file)
    const quiet = (...words) => this.errors.push(words.map(String).join(' '))
    const wall = () => Math.round(this.clock.now + this.wallOffset)
    this.engine = new Engine({
      ...globalsOf(this.timers, wall, this.random.next),
      wx: apis(this),
      console: { log() {}, info() {}, debug() {}, warn() {}, error: quiet },
      Promise,
      global: {},
      App: (config) => {
        this.app = config
      },
      Page: (config) => {
        this.lastPage = config
      },
      Component: (config) => {
        this.lastPage = config
      },
      Behavior: (config) => config,
      getApp: () => this.app,
      getCurrentPages: () => this.stack,
      requirePlugin: () => ({}),
    })
    this.mayDie(() => {
      this.load('app.js')
      this.app.onLaunch?.({ path: 'pages/today/index', query: {}, scene: 1001 })
      this.app.onShow?.({ path: 'pages/today/index', query: {}, scene: 1001 })
    })
  }

  end() {
    this.life += 1
    this.dead = true
    this.timers?.end()
  }

  /** The app dies here: to be called inside one of its own calls. */
  kill() {
    this.end()
    throw new Killed('killed')
  }

  mayDie(go) {
    try {
      go()
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }

  /** Dies in the so many-th call from now, before or after it had its effect. */
  dieIn(calls, when) {
    this.countdown = { calls, when }
  }

  countsDown() {
    if (!this.countdown) return null
    this.countdown.calls -= 1
    if (this.countdown.calls > 0) return null
    const { when } = this.countdown
    this.countdown = null
    return when
  }

  diesIn(what) {
    if (this.faults.dies !== what) return false
    delete this.faults.dies
    return true
  }

  load(file) {
    const full = path.resolve(this.dist, file.endsWith('.js') ? file : `${file}.js`)
    if (this.modules.has(full)) return this.modules.get(full).exports
    const module = { exports: {} }
    this.modules.set(full, module)
    const require = (name) =>
      this.load(path.relative(this.dist, path.resolve(path.dirname(full), name)))
    this.engine.run(full, require, module)
    return module.exports
  }

  configOf(route) {
    const known = this.pages.find((page) => page.route === route)
    if (known) return known.config
    this.lastPage = null
    this.load(`${route}.js`)
    if (!this.lastPage) throw new Error(`${route} registers no page`)
    this.pages.push({ route, config: this.lastPage })
    return this.lastPage
  }

  open(url) {
    const [route, search = ''] = url.replace(/^\//, '').split('?')
    const options = {}
    for (const pair of search.split('&').filter(Boolean)) {
      const [name, value = ''] = pair.split('=')
      options[name] = value
    }
    const page = Object.create(this.configOf(route))
    page.route = route
    page.__route__ = route
    page.options = options
    page.url = url
    page.data = JSON.parse(JSON.stringify(page.data ?? {}))
    page.setData = (changes, done) => {
      patch(page.data, JSON.parse(JSON.stringify(changes)))
      done?.()
    }
    this.stack.push(page)
    this.mayDie(() => {
      page.onLoad?.(options)
      page.onShow?.()
      page.onReady?.()
    })
    return page
  }

  close(page) {
    this.stack = this.stack.filter((one) => one !== page)
    page.onUnload?.()
  }

  /** Answers what WeChat says when it cannot. */
  goTo(url, how) {
    if (how === 'navigateBack') return this.back()
    if (how === 'navigateTo' && this.stack.length >= MOST_PAGES)
      return 'navigateTo:fail webview count limit exceed'
    if (how === 'redirectTo' && this.top) this.close(this.top)
    if (how === 'reLaunch' || how === 'switchTab')
      for (const page of [...this.stack]) this.close(page)
    if (how === 'navigateTo') this.top?.onHide?.()
    this.open(url)
    return undefined
  }

  back() {
    if (this.stack.length > 1) this.close(this.top)
    this.top?.onShow?.()
  }

  /** Away to another app; back after a while nothing that was under way has an answer. */
  hide() {
    this.hidden = true
    this.hiddenAt = this.clock.now
    this.mayDie(() => {
      for (const listener of [...this.appHides]) listener({})
      this.top?.onHide?.()
    })
    this.timers.paused = true
  }

  show() {
    this.hidden = false
    this.timers.paused = false
    this.mayDie(() => {
      if (this.clock.now - this.hiddenAt > 5_000) {
        if (this.faults.uploadsDie) for (const upload of this.uploads) upload.dead = true
        for (const call of [...this.openCalls]) call.interrupt()
        this.openCalls.clear()
      }
      for (const listener of [...this.appShows]) listener({})
      this.top?.onShow?.()
    })
  }

  /** WeChat has fetched a new version beside the one that runs. */
  hasUpdate() {
    this.mayDie(() => {
      for (const listener of [...this.updateListeners]) listener()
    })
  }

  /** What is low on the page comes into view; of all that is watched unless one is named. */
  comesIntoView(one = null) {
    for (const watching of one ? [one] : [...this.watched])
      this.mayDie(() => comesIntoView(this, watching))
  }

  connect(up) {
    this.network.up = up
    const networkType = up ? '4g' : 'none'
    this.mayDie(() => {
      for (const listener of [...this.networkListeners]) listener({ isConnected: up, networkType })
    })
  }
}

module.exports = { Phone }
