/** The pages by name, so that no path is spelled twice. */
import Taro from '@tarojs/taro'

export const pages = {
  today: '/pages/today/index',
  calendar: '/pages/calendar/index',
  mine: '/pages/mine/index',
  bind: '/pages/bind/index',
  ended: '/pages/ended/index',
  sideEffects: '/pages/side-effects/index',
  severe: '/pages/severe/index',
  camera: '/pages/camera/index',
  preview: '/pages/preview/index',
  cannotFilm: '/pages/cannot-film/index',
  dose: '/pages/dose/index',
  outbox: '/pages/outbox/index',
  record: '/pages/record/index',
  inbox: '/pages/inbox/index',
  views: '/pages/views/index',
  consents: '/pages/consents/index',
  account: '/pages/account/index',
  staffScan: '/pages/staff-scan/index',
} as const
export type PageName = keyof typeof pages

function address(page: PageName, query: Record<string, string> = {}): string {
  const parts = Object.keys(query).map((k) => `${k}=${encodeURIComponent(query[k] ?? '')}`)
  return pages[page] + (parts.length > 0 ? `?${parts.join('&')}` : '')
}

export const open = (page: PageName, query?: Record<string, string>) =>
  void Taro.navigateTo({ url: address(page, query) })

/** Takes the place of the present page, so that going back skips it. */
export const replace = (page: PageName, query?: Record<string, string>) =>
  void Taro.redirectTo({ url: address(page, query) })

export const toTab = (page: 'today' | 'calendar' | 'mine') =>
  void Taro.switchTab({ url: address(page) })

export const restartAt = (page: PageName) => void Taro.reLaunch({ url: address(page) })

export function goBack(): void {
  if (Taro.getCurrentPages().length > 1) void Taro.navigateBack()
  else toTab('today')
}

export function paramOf(params: Partial<Record<string, string>>, name: string): string {
  return decodeURIComponent(params[name] ?? '')
}
