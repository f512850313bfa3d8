/** The text inside a Mini Program code: "b=ABCD2345" binds a patient, "s=…" confirms a doctor. */
const NOT_IN_ALPHABET = /[^23456789ABCDEFGHJKLMNPQRSTUVWXYZ]/g
export const BINDING_LENGTH = 8

export function sceneValue(scene: string, name: 'b' | 's'): string {
  const found = new RegExp(`(?:^|[?&])${name}=([^&]+)`).exec(scene)?.[1] ?? ''
  return cleanCode(found)
}

/** What a person typed or scanned, as the code it can only mean. */
export function cleanCode(text: string): string {
  return text.toUpperCase().replace(NOT_IN_ALPHABET, '')
}

/** "ABCD 2345" is easier to compare with paper than eight letters in a row. */
export function spacedCode(code: string): string {
  return code.length > 4 ? `${code.slice(0, 4)} ${code.slice(4)}` : code
}
