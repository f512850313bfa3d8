/**
 * A recording of WeChat's camera, which ends in more ways than its documents say: cut off by a call
 * with the film coming before or after the news of it, or in silence. Each ends here, once.
 */
import { MAX_SECONDS, type RecordingEnd, type Shot } from './camera-types'

interface Answered {
  tempVideoPath?: string
}
/** The part of WeChat's camera context that records. */
export interface RecordingContext {
  startRecord: (options: {
    timeout: number
    selfieMirror: boolean
    timeoutCallback: (answer: Answered) => void
    success: () => void
    fail: (error: unknown) => void
  }) => void
  stopRecord: (options: {
    compressed: boolean
    success: (answer: Answered) => void
    fail: (error: unknown) => void
  }) => void
}

const START_MS = 15_000
const STOP_MS = 20_000
/** How much later than the news that it stopped a film may come. */
const LATE_MS = 2_000
const shotOf = (path: string): Shot => ({
  path,
  contentType: 'video/mp4',
  mirrored: false,
  durationMs: null,
})
const textOf = (error: unknown) => String((error as { errMsg?: string })?.errMsg ?? error)

export class Recorder {
  private running = false
  /** WeChat has said that it records: before that it has nothing to stop. */
  private begun = false
  private stopping = false
  private turn = 0
  private readonly handed = new Set<string>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly context: RecordingContext,
    private readonly onEnded: (shot: Shot | null, end: RecordingEnd) => void,
    /** A film that came after its recording was given up: the only evidence of a swallow. */
    private readonly onLate: (shot: Shot) => void,
  ) {}

  /** Rejects with WeChat's own words, or when it says nothing at all. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        this.over()
        reject(new Error(textOf(error)))
      }
      this.running = true
      this.begun = false
      this.stopping = false
      this.turn += 1
      const { turn } = this
      this.after(START_MS, () => {
        // It may have begun all the same: what it has seen comes as late.
        this.stopUnseen((answer) => this.ended(turn, answer))
        fail('startRecord: no answer')
      })
      this.context.startRecord({
        timeout: MAX_SECONDS,
        selfieMirror: false,
        // Also called when the recording was cut short, with what there is.
        timeoutCallback: (answer) => this.ended(turn, answer),
        success: () => {
          if (!this.running) return this.stopUnseen()
          this.after(null)
          this.begun = true
          resolve()
          // Whoever left the page meanwhile must not be filmed unseen.
          if (this.stopping) this.ask(true)
        },
        fail,
      })
    })
  }

  stop(): void {
    if (!this.running || this.stopping) return
    this.stopping = true
    if (this.begun) this.ask(true)
  }

  /** Nothing must go on recording that nobody waits for. */
  private stopUnseen(success: (answer: Answered) => void = () => undefined): void {
    this.context.stopRecord({ compressed: false, success, fail: () => undefined })
  }

  /** Smaller films arrive sooner on a poor signal; where that fails, the film as it is. */
  private ask(compressed: boolean): void {
    const { turn } = this
    this.after(STOP_MS, () => (compressed ? this.ask(false) : this.end(null, 'silent')))
    this.context.stopRecord({
      compressed,
      success: (answer) => this.ended(turn, answer),
      fail: (error) => {
        // It is being written: the film comes by itself, or the wait above ends.
        if (/is stopping/.test(textOf(error))) return
        this.interrupted()
      },
    })
  }

  /** Told that it stopped: the film may still be on its way. */
  interrupted(): void {
    if (this.running) this.after(LATE_MS, () => this.end(null, 'cut'))
  }

  private ended(turn: number, { tempVideoPath }: Answered): void {
    const isPresent = this.running && turn === this.turn
    if (!tempVideoPath) {
      if (isPresent) this.interrupted()
      return
    }
    // Told by the stop and by the clock: it is one film.
    if (this.handed.has(tempVideoPath)) return
    this.handed.add(tempVideoPath)
    if (isPresent) this.end(shotOf(tempVideoPath), 'whole')
    else this.onLate(shotOf(tempVideoPath))
  }

  private end(shot: Shot | null, end: RecordingEnd): void {
    if (!this.running) return
    this.over()
    this.onEnded(shot, end)
  }

  private over(): void {
    this.running = false
    this.stopping = false
    this.after(null)
  }

  private after(ms: number | null, go?: () => void): void {
    clearTimeout(this.timer)
    if (ms !== null && go) this.timer = setTimeout(go, ms)
  }
}
