/** Adds up what passes between looks: a clock that is set back in the middle takes nothing away. */
export class Stopwatch {
  private last = 0
  private ms = 0

  constructor(private readonly mostMs: number) {}

  start(): void {
    this.last = Date.now()
    this.ms = 0
  }

  /** To be called often. */
  look(): number {
    const now = Date.now()
    this.ms = Math.min(this.mostMs, this.ms + Math.max(0, now - this.last))
    this.last = now
    return this.ms
  }
}
