/** Films in the browser. */
import { folderOf } from './folder'

export const { keepFile, fileSize, fileUrl, dropFile, keptFiles } = folderOf('films', 'mp4')

/** Of what the browser still holds under the address that the camera gave it. */
export async function sourceSize(source: string): Promise<number | null> {
  try {
    return (await (await fetch(source)).blob()).size
  } catch {
    return null
  }
}
