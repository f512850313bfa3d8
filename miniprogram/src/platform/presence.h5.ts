export function keepScreenOn(_on: boolean): void {}

export function askBeforeLeaving(message: string | null): void {
  window.onbeforeunload = message ? (event) => event.preventDefault() : null
}

export function vibrate(): void {
  navigator.vibrate?.(80)
}
