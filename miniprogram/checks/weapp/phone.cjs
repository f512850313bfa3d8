/** A phone with WeChat on it: its storage and files outlive the app; everything else dies with it. */
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { apis } = require('./wx.cjs')
const { bindingsOf, find, patch, textOf } = require('./tree.cjs')

class Phone {
  constructor(dist, server) {
    this.dist = dist
    this.server = server
    this.bindings = bindingsOf(fs.readFileSync(path.join(dist, 'base.wxml'), 'utf8'))
    this.storage = new Map()
    this.files = new Map()
    this.cameraRefused = false
    this.launch()
  }

  /** A fresh engine, as after a kill: only storage and files are what they were. */
  launch() {
    this.life = (this.life ?? 0) + 1
    this.errors = []
    this.pages = []
    this.stack = []
    this.appShows = []
    this.networkListeners = []
    this.modules = new Map()
    this.toasts = []
    this.cameraContext = null
    const wx = apis(this)
    const quiet = (...words) => this.errors.push(words.map(String).join(' '))
    const sandbox = {
      wx,
      console: { log() {}, info() {}, debug() {}, warn() {}, error: quiet },
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
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
    }
    this.context = vm.createContext(sandbox)
    this.load('app.js')
    this.app.onLaunch?.({ path: 'pages/today/index', query: {}, scene: 1001 })
    this.app.onShow?.({ path: 'pages/today/index', query: {}, scene: 1001 })
  }

  load(file) {
    const full = path.resolve(this.dist, file.endsWith('.js') ? file : `${file}.js`)
    if (this.modules.has(full)) return this.modules.get(full).exports
    const module = { exports: {} }
    this.modules.set(full, module)
    const source = `(function (require, module, exports) {${fs.readFileSync(full, 'utf8')}\n})`
    const run = vm.runInContext(source, this.context, { filename: full })
    const require = (name) =>
      this.load(path.relative(this.dist, path.resolve(path.dirname(full), name)))
    run(require, module, module.exports)
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
    page.data = JSON.parse(JSON.stringify(page.data ?? {}))
    page.setData = (changes, done) => {
      patch(page.data, JSON.parse(JSON.stringify(changes)))
      done?.()
    }
    this.stack.push(page)
    page.onLoad?.(options)
    page.onShow?.()
    page.onReady?.()
    return page
  }

  close(page) {
    page.onUnload?.()
    this.stack = this.stack.filter((one) => one !== page)
  }

  goTo(url, how) {
    if (how === 'redirectTo' && this.top) this.close(this.top)
    if (how === 'reLaunch' || how === 'switchTab')
      for (const page of [...this.stack]) this.close(page)
    if (how === 'navigateTo') this.top?.onHide?.()
    this.open(url)
  }

  back() {
    if (this.stack.length > 1) this.close(this.top)
    this.top?.onShow?.()
  }

  get top() {
    return this.stack[this.stack.length - 1]
  }

  get text() {
    return textOf(this.top?.data.root)
  }

  /** Bubbles as WeChat does: from the touched node through its ancestors. */
  fire(passes, type, detail = {}) {
    const [line] = find(this.top.data.root, passes)
    if (!line) throw new Error(`nothing to ${type} on ${this.top.route}: ${this.text}`)
    const page = this.top
    const target = { id: line[0].sid, dataset: { sid: line[0].sid } }
    for (const node of line.filter((one) => this.bindings.get(one.nn)?.has(type))) {
      const currentTarget = { id: node.sid, dataset: { sid: node.sid } }
      page.eh({ type, detail, timeStamp: Date.now(), currentTarget, target })
      if (this.top !== page) return
    }
  }

  tap(words) {
    this.fire((node) => textOf(node).includes(words), 'tap')
  }

  type(words) {
    this.fire((node) => node.cl?.includes('code-input'), 'input', { value: words })
  }

  shows(passes) {
    return find(this.top.data.root, passes).length > 0
  }

  component(className) {
    return (node) => node.cl?.includes(className)
  }
}

module.exports = { Phone }
