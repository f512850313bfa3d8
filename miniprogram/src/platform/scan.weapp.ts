import Taro from '@tarojs/taro'

export const canScan = true

/** The scene text inside the Mini Program code that was scanned; null when the person turned back. */
export async function scanScene(): Promise<string | null> {
  try {
    const found = await Taro.scanCode({
      onlyFromCamera: true,
      scanType: ['qrCode', 'wxCode' as never],
    })
    const scene = /[?&]scene=([^&]+)/.exec(found.path ?? '')?.[1]
    return decodeURIComponent(scene ?? found.result ?? '')
  } catch {
    return null
  }
}
