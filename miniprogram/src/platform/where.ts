import Taro from '@tarojs/taro'

/** The page that is shown, without what it was told. */
export function pageRoute(): string {
  try {
    const shown = Taro.getCurrentPages().slice(-1)[0]
    const route = (shown as { route?: string } | undefined)?.route ?? ''
    return (route.split('?')[0] ?? '').replace(/^\/+/, '').replace(/[^a-z/-]/g, '')
  } catch {
    return ''
  }
}

/** The version of what runs Mini Programs on this phone; empty where there is none. */
export function baseLibrary(): string {
  try {
    const { SDKVersion } = Taro.canIUse('getAppBaseInfo')
      ? Taro.getAppBaseInfo()
      : Taro.getSystemInfoSync()
    return SDKVersion ?? ''
  } catch {
    return ''
  }
}

/** With it WeChat asks for privacy, and a film may last a minute. */
export const OLDEST_LIBRARY = '2.32.3'

export function isTooOld(version: string): boolean {
  const [is, least] = [version, OLDEST_LIBRARY].map((one) => one.split('.').map(Number))
  if (!is || !least || version === '' || is.some(Number.isNaN)) return false
  for (const [place, wanted] of least.entries()) {
    const found = is[place] ?? 0
    if (found !== wanted) return found < wanted
  }
  return false
}
