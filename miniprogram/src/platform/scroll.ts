import Taro from '@tarojs/taro'

/** A page that shows its next step stays scrolled as it was. */
export const scrollToTop = (): void =>
  void Taro.pageScrollTo({ scrollTop: 0, duration: 0 }).catch(() => undefined)

export const scrollTo = (id: string): void =>
  void Taro.pageScrollTo({ selector: `#${id}`, duration: 400 }).catch(() => undefined)
