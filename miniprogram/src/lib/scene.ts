/** The text inside a Mini Program code: "b=ABCD2345" binds a patient, "s=…" confirms a doctor. */
const NOT_IN_ALPHABET = /[^23456789ABCDEFGHJKLMNPQRSTUVWXYZ]/g

export function sceneValue(scene: string, name: 'b' | 's'): string {
  const found = new RegExp(`(?:^|[?&])${name}=([^&]+)`).exec(scene)?.[1] ?? ''
  return cleanCode(found)
}

/** What a person typed or scanned, as the code it can only mean. */
export function cleanCode(text: string): string {
  return text.toUpperCase().replace(NOT_IN_ALPHABET, '')
}
