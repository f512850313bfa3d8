/** Where a notice leads: the page of the thing it is about, one line for each kind that has one. */
import type { Notice } from '@/api/types'
import { open } from '@/platform/navigation'

type Subject = NonNullable<Notice['subject']>

const OPENERS: Record<string, (id: string) => void> = {
  'medication/dose': (id) => open('dose', { dose_id: id }),
}

/** Null when this version has no page for it. */
export function openerOf(subject: Subject | null): (() => void) | null {
  const go = subject ? OPENERS[`${subject.feature}/${subject.kind}`] : undefined
  return subject && go ? () => go(subject.id) : null
}
