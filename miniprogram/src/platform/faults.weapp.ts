import Taro from '@tarojs/taro'

/** What nobody has caught. */
export function onFault(tell: (error: unknown) => void): void {
  Taro.onError?.((message) => tell(message))
  Taro.onUnhandledRejection?.(({ reason }) => tell(reason))
}
