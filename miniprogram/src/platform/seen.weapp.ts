/** Tells once when something low on the page has come into view. */
import Taro from '@tarojs/taro'

/** What the buttons at the bottom lie over is not in view; less than they ever take. */
const COVERED_PX = -60

/** Where it cannot be watched it counts as seen: nobody is kept at a page by it. */
export function whenSeen(id: string, seen: () => void): () => void {
  try {
    const { page } = Taro.getCurrentInstance()
    const observer = Taro.createIntersectionObserver(page ?? {})
    observer.relativeToViewport({ bottom: COVERED_PX }).observe(`#${id}`, (found) => {
      if ((found.intersectionRatio ?? 1) > 0) seen()
    })
    return () => observer.disconnect()
  } catch {
    seen()
    return () => undefined
  }
}
