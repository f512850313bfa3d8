export const canScan = false

/** Browsers type the code instead. */
export async function scanScene(): Promise<string | null> {
  return null
}
