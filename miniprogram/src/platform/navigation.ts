/** Ways between pages: one at a time, for a second tap falls before WeChat has opened the page. */
import Taro from '@tarojs/taro'
import { type PageName, pages, type Told } from '@/lib/routes'
import { isTab, type TabName } from '@/lib/tabs'

const AFTER_MS = 600
/** An answer that never comes must not lock the app. */
const LONGEST_MS = 4_000
let moving: Promise<void> | null = null

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function move(how: () => Promise<unknown>): void {
  if (moving) return
  const answered = how().then(
    () => undefined,
    () => undefined,
  )
  const ended = Promise.race([answered.then(() => pause(AFTER_MS)), pause(LONGEST_MS)])
  const mine: Promise<void> = ended.then(() => {
    if (moving === mine) moving = null
  })
  moving = mine
}

/** Resolves when the page that is being opened or left stands; null when none is. */
export const underWay = (): Promise<void> | null => moving

function address(page: PageName, params: Record<string, string | undefined> = {}): string {
  const parts = Object.keys(params)
    .filter((name) => params[name] !== undefined)
    .map((name) => `${name}=${encodeURIComponent(params[name] ?? '')}`)
  return pages[page] + (parts.length > 0 ? `?${parts.join('&')}` : '')
}

export const open = <P extends PageName>(page: P, ...[params]: Told<P>): void =>
  move(() => Taro.navigateTo({ url: address(page, params) }))

/** Takes the place of the present page, so that going back skips it. */
export const replace = <P extends PageName>(page: P, ...[params]: Told<P>): void =>
  move(() => Taro.redirectTo({ url: address(page, params) }))

export const toTab = (page: TabName): void => move(() => Taro.switchTab({ url: address(page) }))

/** Whatever page was being opened is no longer of interest. */
export function endWay(): void {
  moving = null
}

/** Not held up by a way that is being gone: the person here is another, or nobody. */
export function restartAt(page: PageName): void {
  endWay()
  void Taro.reLaunch({ url: address(page) })
}

export function goBack(): void {
  if (Taro.getCurrentPages().length > 1) move(() => Taro.navigateBack())
  else toTab('today')
}

/** For what a notice or a code names: a tab is switched to, any other page opened. */
export function openAny(page: PageName, params: Record<string, string> = {}): void {
  if (isTab(page)) toTab(page)
  else move(() => Taro.navigateTo({ url: address(page, params) }))
}

export function paramOf(params: Partial<Record<string, string>>, name: string): string {
  const text = params[name] ?? ''
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a stray per cent sign in a code is not ours to die of
  }
}
