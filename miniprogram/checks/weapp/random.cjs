/** The same number for the same seed, everywhere and always (mulberry32). */
class Random {
  constructor(seed) {
    this.state = seed >>> 0
  }

  next = () => {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  below = (n) => Math.floor(this.next() * n)
  chance = (p) => this.next() < p
  between = (low, high) => low + this.next() * (high - low)
  pick = (list) => list[this.below(list.length)]
}

module.exports = { Random }
