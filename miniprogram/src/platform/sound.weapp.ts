import Taro from '@tarojs/taro'

/** Plays a recording; answers how to end it. `over` is called once, however it ends. */
export function playSound(path: string, over: (whole: boolean) => void): () => void {
  // A phone that is set to ring silently still plays what was asked for.
  void Taro.setInnerAudioOption({ obeyMuteSwitch: false }).catch(() => undefined)
  const sound = Taro.createInnerAudioContext()
  let ended = false
  const end = (whole: boolean) => {
    if (ended) return
    ended = true
    sound.destroy()
    over(whole)
  }
  sound.onEnded(() => end(true))
  sound.onError(() => end(false))
  sound.src = path
  sound.play()
  return () => end(true)
}
