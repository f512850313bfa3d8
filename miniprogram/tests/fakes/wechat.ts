/** The fake phone's WeChat behind Taro's names, so that its faults can be had by one component. */
import { createRequire } from 'node:module'
import Taro from '@tarojs/taro'

const load = createRequire(__filename)
const { asks, Permissions } = load('../../checks/weapp/wx-asks.cjs')
const { media } = load('../../checks/weapp/wx-media.cjs')

interface Options {
  success?: (said: unknown) => void
  fail?: (said: unknown) => void
}

/** As a promise, and to whoever gave callbacks. */
function settle(options: Options | undefined, said: unknown, failure?: unknown): Promise<unknown> {
  if (failure) options?.fail?.(failure)
  else options?.success?.(said)
  const answered = failure ? Promise.reject(failure) : Promise.resolve(said)
  answered.catch(() => undefined)
  return answered
}

export interface Wechat {
  faults: Record<string, string>
  permissions: { privacy: string; camera: string; microphone: string; system: string }
  files: Map<string, { size: number }>
  done: { call: string }[]
  screenOn?: boolean
  leaveQuestion?: string | null
  /** How many photos are chosen at once. */
  chosen: number
  recorder: { interrupt: () => void; breakOff: () => void }
}

/** One phone a test file: WeChat has one microphone, which the app asks for once. */
export function wechat(): Wechat {
  const phone = {
    clock: {
      get now() {
        return Date.now()
      },
    },
    timers: { after: (ms: number, go: () => void) => setTimeout(go, ms) },
    permissions: new Permissions(),
    faults: {},
    files: new Map(),
    done: [],
    isTapping: true,
    chosen: 1,
  } as unknown as Wechat
  Object.assign(Taro, asks(phone, settle), media(phone, settle), { canIUse: () => true })
  const manager = Taro.getRecorderManager()
  phone.recorder = manager as unknown as Wechat['recorder']
  return phone
}
