const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The UTF-8 bytes of a text. */
function bytesOf(text: string): number[] {
  const escaped = encodeURIComponent(text)
  const bytes: number[] = []
  for (let i = 0; i < escaped.length; i += 1) {
    if (escaped[i] === '%') {
      bytes.push(Number.parseInt(escaped.slice(i + 1, i + 3), 16))
      i += 2
    } else bytes.push(escaped.charCodeAt(i))
  }
  return bytes
}

/** Base64 by hand: the Mini Program has no btoa. */
export function base64(text: string): string {
  const bytes = bytesOf(text)
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i] ?? 0) * 65536 + (bytes[i + 1] ?? 0) * 256 + (bytes[i + 2] ?? 0)
    const four = [18, 12, 6, 0].map((shift) => DIGITS[(bits >> shift) & 63])
    const spare = Math.max(0, i + 3 - bytes.length)
    out += four.slice(0, 4 - spare).join('') + '='.repeat(spare)
  }
  return out
}

/** A drawing as the address of an image, which both targets show. */
export const svgImage = (svg: string): string => `data:image/svg+xml;base64,${base64(svg)}`
