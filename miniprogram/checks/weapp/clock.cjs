/** Time that passes only when it is told to: an hour of a phone's life takes a moment of ours. */

/** The app died inside a call: nothing after it has run. */
class Killed extends Error {}

const isEarlier = (one, other) =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** The timers of one life of an app: they stop with it, and stand still in the background. */
class Timers {
  constructor(clock) {
    this.clock = clock
    this.waiting = new Map()
    this.paused = false
    this.ended = false
    this.last = 0
    clock.lives.add(this)
  }

  after(ms, go, every = null) {
    this.last += 1
    if (this.ended) return this.last
    const at = this.clock.now + Math.max(0, ms || 0)
    const one = { id: this.last, timers: this, at, order: this.clock.order(), go, every }
    this.waiting.set(one.id, one)
    return one.id
  }

  cancel(id) {
    this.waiting.delete(id)
  }

  end() {
    this.ended = true
    this.waiting.clear()
    this.clock.lives.delete(this)
  }

  earliest() {
    if (this.paused) return null
    let found = null
    for (const one of this.waiting.values()) if (!found || isEarlier(one, found)) found = one
    return found
  }

  run(one) {
    const { id, go, every } = one
    if (every === null) this.waiting.delete(id)
    else {
      // What stood still in the background does not catch up tick by tick.
      one.at = Math.max(one.at, this.clock.now) + Math.max(1, every)
      one.order = this.clock.order()
    }
    try {
      go()
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }
}

class Clock {
  constructor(now = Date.UTC(2026, 8, 10, 1)) {
    this.now = now
    this.lives = new Set()
    this.count = 0
    /** What holds between any two steps, as of a test that watches. */
    this.watch = null
  }

  order() {
    this.count += 1
    return this.count
  }

  earliest() {
    let found = null
    for (const timers of this.lives) {
      const one = timers.earliest()
      if (one && (!found || isEarlier(one, found))) found = one
    }
    return found
  }

  /** Everything that promises set going has run. */
  settle() {
    return new Promise((resolve) => setImmediate(resolve))
  }

  async advance(ms) {
    const end = this.now + ms
    await this.settle()
    for (;;) {
      const next = this.earliest()
      if (!next || next.at > end) break
      this.now = Math.max(this.now, next.at)
      next.timers.run(next)
      await this.settle()
      this.watch?.()
    }
    this.now = end
  }

  /** Until it holds; false when it did not within the time. */
  async until(holds, ms = 60_000) {
    const end = this.now + ms
    await this.settle()
    while (!holds()) {
      const next = this.earliest()
      if (!next || next.at > end) return false
      this.now = Math.max(this.now, next.at)
      next.timers.run(next)
      await this.settle()
      this.watch?.()
    }
    return true
  }
}

/** What a script of the app takes for the time, on a phone whose own clock may be off. */
function globalsOf(timers, wall, random) {
  const Real = Date
  class PhoneDate extends Real {
    constructor(...parts) {
      if (parts.length === 0) super(wall())
      else super(...parts)
    }

    static now() {
      return wall()
    }
  }
  return {
    Date: PhoneDate,
    Math: Object.create(Math, { random: { value: random } }),
    setTimeout: (go, ms, ...words) => timers.after(ms, () => go(...words)),
    setInterval: (go, ms, ...words) => timers.after(ms, () => go(...words), ms || 1),
    clearTimeout: (id) => timers.cancel(id),
    clearInterval: (id) => timers.cancel(id),
  }
}

module.exports = { Clock, Killed, Timers, globalsOf }
