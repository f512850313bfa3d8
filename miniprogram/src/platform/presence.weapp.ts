/** While somebody films or sends the phone stays awake and does not leave by a slip of the finger. */
import Taro from '@tarojs/taro'

const quietly = (asked: Promise<unknown> | undefined) => void asked?.catch(() => undefined)

export function keepScreenOn(keepScreenOn: boolean): void {
  quietly(Taro.setKeepScreenOn({ keepScreenOn }))
}

/** Not asked of a swipe from the edge: what was filmed is kept there, too. */
export function askBeforeLeaving(message: string | null): void {
  const wechat = Taro as unknown as {
    enableAlertBeforeUnload?: (options: { message: string }) => void
    disableAlertBeforeUnload?: () => void
  }
  if (message) wechat.enableAlertBeforeUnload?.({ message })
  else wechat.disableAlertBeforeUnload?.()
}

export function vibrate(): void {
  quietly(Taro.vibrateShort({ type: 'heavy' }))
}
