import type { ConsentDocument, ConsentRecord } from '@/api/types'

/** The consent that is in force for this version of the document, if there is one. */
export function standingConsent(
  records: ConsentRecord[],
  document: ConsentDocument,
): ConsentRecord | null {
  const found = records.find(
    (one) =>
      one.purpose === document.purpose && one.version === document.version && !one.withdrawn_at,
  )
  return found ?? null
}
