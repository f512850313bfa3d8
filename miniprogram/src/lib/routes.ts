/** The pages by name and what each is told when it opens, so that no path is spelled twice. */

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
