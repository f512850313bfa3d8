/**
 * A voice note, which a phone may end as oddly as a film: refused, cut off by a call, never begun,
 * never handed over. Each ends here, once.
 */
import type { Voice } from '@/lib/attachment'

export const LONGEST_VOICE_MS = 60_000

/** cut: by a call, by another app · silent: the phone never said what became of it. */
export type VoiceEnd = 'whole' | 'cut' | 'silent'

/** What the microphone of either target tells of one recording. */
export interface VoiceTold {
  started: () => void
  ended: (voice: Voice) => void
  failed: (error: unknown) => void
  interrupted: () => void
}
export interface VoiceSource {
  start: (told: VoiceTold, longestMs: number) => void
  stop: () => void
}

const START_MS = 15_000
const STOP_MS = 10_000
/** How much later than the news that it stopped a recording may come. */
const LATE_MS = 2_000
const textOf = (error: unknown) =>
  String((error as { errMsg?: string })?.errMsg ?? (error as Error)?.message ?? error)

export class VoiceRecorder {
  private running = false
  private stopping = false
  private turn = 0
  /** A recording that was heard of, given up, and may still come. */
  private owed: number | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly source: VoiceSource,
    private readonly onEnded: (voice: Voice | null, end: VoiceEnd) => void,
    private readonly onLate: (voice: Voice) => void,
  ) {}

  /** Rejects with the phone's own words, or when it says nothing at all. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.running = true
      this.stopping = false
      this.owed = null
      this.turn += 1
      const { turn } = this
      let began = false
      const refuse = (error: unknown) => {
        this.over()
        reject(new Error(textOf(error)))
      }
      this.after(START_MS, () => {
        // Nobody is listened to unknowingly: what it may have taken in is not kept.
        this.source.stop()
        refuse('start: no answer')
      })
      const isPresent = () => this.running && turn === this.turn
      this.source.start(
        {
          started: () => {
            if (!isPresent()) return
            began = true
            // It ends by itself; where it does not it is stopped.
            this.after(LONGEST_VOICE_MS + LATE_MS, () => this.stop())
            resolve()
          },
          ended: (voice) => this.ended(turn, voice),
          failed: (error) => {
            if (!isPresent()) return
            if (began) this.end(null, 'cut')
            else refuse(error)
          },
          interrupted: () => {
            if (isPresent() && began) this.interrupted()
          },
        },
        LONGEST_VOICE_MS,
      )
    })
  }

  stop(): void {
    if (!this.running || this.stopping) return
    this.stopping = true
    this.after(STOP_MS, () => this.end(null, 'silent'))
    this.source.stop()
  }

  /** A call: what was said until then is asked for. */
  private interrupted(): void {
    if (this.stopping) return
    this.stopping = true
    this.after(LATE_MS, () => this.end(null, 'cut'))
    this.source.stop()
  }

  private ended(turn: number, voice: Voice): void {
    if (this.running && turn === this.turn) {
      this.end(voice, 'whole')
    } else if (this.owed === turn) {
      this.owed = null
      this.onLate(voice)
    }
  }

  private end(voice: Voice | null, end: VoiceEnd): void {
    if (!this.running) return
    if (!voice) this.owed = this.turn
    this.over()
    this.onEnded(voice, end)
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
