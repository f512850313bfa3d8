/** Photos picked from the computer or phone that the preview runs on. */
import type { Picked } from './photos-types'

export function pickPhotos(most: number): Promise<Picked> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = 'image/*'
  input.multiple = most > 1
  return new Promise((resolve) => {
    input.onchange = () => {
      const files = Array.from(input.files ?? []).slice(0, most)
      const photos = files.map((file) => ({
        path: URL.createObjectURL(file),
        contentType: file.type || 'image/jpeg',
      }))
      resolve({ photos, refused: null })
    }
    input.oncancel = () => resolve({ photos: [], refused: null })
    input.click()
  })
}
