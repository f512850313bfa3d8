import Taro from '@tarojs/taro'

const AGAIN_MS = 10_000

/** Starts a new version as soon as nothing is under way that it would break off. */
export function updateWhen(isIdle: () => boolean): void {
  const updates = Taro.getUpdateManager?.()
  updates?.onUpdateReady(() => {
    const apply = () => {
      if (isIdle()) updates.applyUpdate()
      else setTimeout(apply, AGAIN_MS)
    }
    apply()
  })
}
