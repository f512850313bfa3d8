import type { Attachment } from '@/lib/attachment'
import type { Refused } from './permissions'

/** None and nobody who refused: the person turned back. */
export interface Picked {
  photos: Attachment[]
  refused: Refused | 'failed' | null
}
