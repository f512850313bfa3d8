/** Who refused the camera or the microphone: each is opened again in another place. */
import Taro from '@tarojs/taro'

/**
 * privacy: the terms were not agreed to · undeclared: the operator has not declared the use in
 * WeChat's console · camera, microphone: refused to this Mini Program · system: refused to WeChat.
 */
export type Refused = 'privacy' | 'undeclared' | 'camera' | 'microphone' | 'system'

/** Taro knows neither its name nor its promise: WeChat is asked by its own callbacks. */
interface PrivacyAsker {
  requirePrivacyAuthorize: (told: { success: () => void; fail: (error: Told) => void }) => void
}

interface Told {
  errno?: number
  errMsg?: string
}
const PRIVACY_REFUSED = 104
const NOT_DECLARED = [112, 1025]

async function privacyRefused(): Promise<Refused | null> {
  if (!Taro.canIUse('requirePrivacyAuthorize')) return null
  try {
    await new Promise<void>((success, fail) =>
      (Taro as unknown as PrivacyAsker).requirePrivacyAuthorize({ success, fail }),
    )
    return null
  } catch (error) {
    const { errno = 0 } = error as Told
    if (errno === PRIVACY_REFUSED) return 'privacy'
    return NOT_DECLARED.includes(errno) ? 'undeclared' : null
  }
}

export type Needed = 'camera' | 'microphone'
const SCOPES = { camera: 'scope.camera', microphone: 'scope.record' } as const
const BOTH: Needed[] = ['camera', 'microphone']

function systemRefused(needed: Needed[]): Refused | null {
  if (!Taro.canIUse('getAppAuthorizeSetting')) return null
  const { cameraAuthorized, microphoneAuthorized } = Taro.getAppAuthorizeSetting()
  const given = { camera: cameraAuthorized, microphone: microphoneAuthorized }
  return needed.some((one) => given[one] === 'denied') ? 'system' : null
}

/** Asks for what was never asked for, before a clock runs; null when everything is permitted. */
export async function refusedPermission(needed: Needed[] = BOTH): Promise<Refused | null> {
  const privacy = await privacyRefused()
  if (privacy) return privacy
  const system = systemRefused(needed)
  if (system) return system
  for (const one of needed) {
    try {
      await Taro.authorize({ scope: SCOPES[one] })
    } catch (error) {
      const { errno = 0 } = error as Told
      if (NOT_DECLARED.includes(errno)) return 'undeclared'
      return systemRefused(needed) ?? one
    }
  }
  return null
}

/** Who has refused, by the words of a call that asks by itself; null for any other failure. */
export function refusedBy(error: unknown, needed: Needed): Refused | null {
  const { errno = 0, errMsg = '' } = error as Told
  const words = errMsg || String((error as Error)?.message ?? '')
  if (errno === PRIVACY_REFUSED || /privacy permission/.test(words)) return 'privacy'
  if (NOT_DECLARED.includes(errno) || /not declared/.test(words)) return 'undeclared'
  if (/system permission/.test(words)) return 'system'
  return /auth den/.test(words) ? needed : null
}

export const canOpenSetting = true

/** Where WeChat itself has no right the phone's own settings are the only place. */
export async function openSystemSetting(): Promise<void> {
  if (Taro.canIUse('openAppAuthorizeSetting')) await Taro.openAppAuthorizeSetting({})
}
