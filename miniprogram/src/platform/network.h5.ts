/** Calls back each time the browser finds a network again. */
export function onNetworkBack(back: () => void): void {
  window.addEventListener('online', back)
}
