import type { MutableRefObject } from 'react'

export interface Shot {
  path: string
  contentType: string
  mirrored: boolean
  /** Known only where no clock of ours ran, as for a file that was picked. */
  durationMs: number | null
}
/** cut: by a call, by another app · silent: the phone never said what became of it. */
export type RecordingEnd = 'whole' | 'cut' | 'silent'
export interface CameraHandle {
  start: () => Promise<void>
  stop: () => void
}
export interface CameraViewProps {
  handle: MutableRefObject<CameraHandle | null>
  onReady: () => void
  /** The camera cannot be used; what WeChat said of it. */
  onDenied: (said: string) => void
  /** There is no camera at all, as on many computers: the view offers another way itself. */
  onMissing: () => void
  /** Every recording ends here; null when it was broken off and nothing came of it. */
  onEnded: (shot: Shot | null, end: RecordingEnd) => void
  /** The film of a recording that had been given up. */
  onLate: (shot: Shot) => void
}
export const MAX_SECONDS = 60
