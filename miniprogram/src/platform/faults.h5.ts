/** What nobody has caught. */
export function onFault(tell: (error: unknown) => void): void {
  window.addEventListener('error', ({ error, message }) => tell(error ?? message))
  window.addEventListener('unhandledrejection', ({ reason }) => tell(reason))
}
