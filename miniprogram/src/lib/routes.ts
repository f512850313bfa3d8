/** The pages by name and what each is told when it opens, so that no path is spelled twice. */

/** In the main package: tabs, and what must open with no signal on the first day. */
const main = {
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
} as const

/** One's own record, consents and messages: fetched ahead while 今日 is open. */
const me = {
  record: '/packages/me/record/index',
  inbox: '/packages/me/inbox/index',
  views: '/packages/me/views/index',
  consents: '/packages/me/consents/index',
  account: '/packages/me/account/index',
} as const

/** For doctors: fetched when a code on a PC is scanned. */
const staff = {
  staffScan: '/packages/staff/staff-scan/index',
} as const

/** By package, for WeChat: each is downloaded by itself. */
export const packages = { main, me, staff } as const
/** What 今日 fetches ahead on any network: a package that never came does not open offline. */
export const ahead: (keyof typeof packages)[] = ['me']

export const pages = { ...main, ...me, ...staff }
export type PageName = keyof typeof pages

type OfDose = { dose_id: string }
/** What a page must be told; one that is not named here is told nothing. */
type Params = {
  /** felt: the person has said so already · without opened_at it leads back to 今日. */
  sideEffects: OfDose & { opened_at?: string; felt?: '1' }
  severe: OfDose & { item?: string; symptoms?: string }
  camera: OfDose & { opened_at: string }
  preview: { item: string }
  cannotFilm: OfDose
  dose: OfDose
  staffScan: { code?: string }
  bind: { code?: string }
}
export type ParamsOf<P extends PageName> = P extends keyof Params ? Params[P] : undefined
export type Told<P extends PageName> =
  ParamsOf<P> extends undefined
    ? []
    : Partial<ParamsOf<P>> extends ParamsOf<P>
      ? [params?: ParamsOf<P>]
      : [params: ParamsOf<P>]
