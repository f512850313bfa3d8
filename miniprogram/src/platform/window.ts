import Taro from '@tarojs/taro'

const USUAL_PX = 375
/** As wide as the preview's column in a browser. */
const WIDEST_PX = 480

/** How wide a page is, in px. */
export function pageWidth(): number {
  try {
    return Math.min(WIDEST_PX, Taro.getWindowInfo().windowWidth)
  } catch {
    return USUAL_PX // a WeChat that does not tell: the drawing is scaled
  }
}
