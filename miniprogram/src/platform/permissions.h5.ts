export type Refused = 'privacy' | 'undeclared' | 'camera' | 'microphone' | 'system'

export type Needed = 'camera' | 'microphone'

/** The browser asks by itself. */
export async function refusedPermission(_needed?: Needed[]): Promise<Refused | null> {
  return null
}

export function refusedBy(error: unknown, needed: Needed): Refused | null {
  return /denied|not ?allowed/i.test(String((error as Error)?.message ?? error)) ? needed : null
}

export const canOpenSetting = false
export async function openSystemSetting(): Promise<void> {}
