export type Refused = 'privacy' | 'undeclared' | 'camera' | 'microphone' | 'system'

/** The browser asks by itself. */
export async function refusedPermission(): Promise<Refused | null> {
  return null
}

export const canOpenSetting = false
export async function openSystemSetting(): Promise<void> {}
