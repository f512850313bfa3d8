/** A browser takes the new version when it loads the page. */
export function updateWhen(_isIdle: () => boolean): void {}
