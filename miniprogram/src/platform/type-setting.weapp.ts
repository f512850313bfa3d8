import Taro from '@tarojs/taro'

/** The px in which WeChat sets its own text; the person may have chosen larger ones there. */
export function typeSetting(): number | null {
  try {
    if (!Taro.canIUse('getAppBaseInfo')) return null
    // Taro's types do not know this answer yet.
    const info = Taro.getAppBaseInfo() as unknown as { fontSizeSetting?: unknown }
    return typeof info.fontSizeSetting === 'number' ? info.fontSizeSetting : null
  } catch {
    return null // an old WeChat: then as nobody had chosen
  }
}
