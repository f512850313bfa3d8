/** The page on top, to be read and touched; what stands below it is out of reach. */
const { find, tappablesOf, textOf } = require('./tree.cjs')

class Screen {
  get top() {
    return this.stack[this.stack.length - 1]
  }

  get text() {
    return textOf(this.top?.data.root)
  }

  /** Bubbles as WeChat does: from the touched node through its ancestors. */
  fireAt(page, line, type, detail = {}) {
    const target = { id: line[0].sid, dataset: { sid: line[0].sid } }
    for (const node of line.filter((one) => this.bindings.get(one.nn)?.has(type))) {
      const currentTarget = { id: node.sid, dataset: { sid: node.sid } }
      this.mayDie(() => page.eh({ type, detail, timeStamp: this.clock.now, currentTarget, target }))
      if (this.dead || this.top !== page) return
    }
  }

  fireOn(page, passes, type, detail) {
    const [line] = find(page.data.root, passes)
    if (line) this.fireAt(page, line, type, detail)
    return line !== undefined
  }

  fire(passes, type, detail = {}) {
    if (!this.fireOn(this.top, passes, type, detail))
      throw new Error(`nothing to ${type} on ${this.top.route}: ${this.text}`)
  }

  /** What a finger can touch here, each with what stands on it. */
  get tappables() {
    return this.top ? tappablesOf(this.top.data.root, this.bindings) : []
  }

  /** Only what is called before this returns counts as called by the finger. */
  touch(line) {
    this.isTapping = true
    this.fireAt(this.top, line, 'tap')
    this.isTapping = false
  }

  /** Of all that hears a tap and has these words the smallest. */
  tap(words) {
    const [found] = this.tappables
      .filter((one) => one.words.includes(words))
      .sort((one, other) => one.words.length - other.words.length)
    if (!found) throw new Error(`no "${words}" to tap on ${this.top.route}: ${this.text}`)
    this.touch(found.line)
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

module.exports = { Screen }
