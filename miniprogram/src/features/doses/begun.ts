/** Of which doses a recording has begun on this phone: the drug may be down, whatever became of the film. */
import { recall, remember } from '@/platform/store'

const BEGUN = 'recording-begun'
const MOST = 20

export const wasBegun = (doseId: string): boolean =>
  (recall<string[]>(BEGUN) ?? []).includes(doseId)

export function rememberBegun(doseId: string): void {
  const others = (recall<string[]>(BEGUN) ?? []).filter((one) => one !== doseId)
  remember(BEGUN, [...others, doseId].slice(-MOST))
}
