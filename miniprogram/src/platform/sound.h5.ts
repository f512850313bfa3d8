/** Plays a recording; answers how to end it. `over` is called once, however it ends. */
export function playSound(path: string, over: (whole: boolean) => void): () => void {
  const sound = new Audio(path)
  let ended = false
  const end = (whole: boolean) => {
    if (ended) return
    ended = true
    sound.pause()
    over(whole)
  }
  sound.onended = () => end(true)
  sound.onerror = () => end(false)
  void sound.play().catch(() => end(false))
  return () => end(true)
}
