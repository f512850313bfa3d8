/** Photos, taken now or picked from the album. */
import Taro from '@tarojs/taro'
import type { Attachment } from '@/lib/attachment'
import { refusedBy } from './permissions'
import type { Picked } from './photos-types'

const TYPES: Record<string, string> = { png: 'image/png', webp: 'image/webp' }

function photoAt(path: string): Attachment {
  const ending = (/\.(\w+)$/.exec(path)?.[1] ?? '').toLowerCase()
  return { path, contentType: TYPES[ending] ?? 'image/jpeg' }
}

export async function pickPhotos(most: number): Promise<Picked> {
  try {
    const { tempFiles } = await Taro.chooseMedia({
      count: most,
      mediaType: ['image'],
      sizeType: ['compressed'],
    })
    const photos = tempFiles.slice(0, most).map((file) => photoAt(file.tempFilePath))
    return { photos, refused: null }
  } catch (error) {
    if (/cancel/.test(String((error as { errMsg?: string })?.errMsg)))
      return { photos: [], refused: null }
    return { photos: [], refused: refusedBy(error, 'camera') ?? 'failed' }
  }
}
