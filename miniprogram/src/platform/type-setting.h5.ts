/** A browser has no such setting of its own that we could read. */
export function typeSetting(): number | null {
  return null
}
