/** The one vocabulary of doses: how each state, slot, verdict and reason is said and drawn. */
import type {
  CannotFilmReason,
  DoseState,
  Drug,
  ReviewReason,
  Slot,
  Verdict,
  VideoProblem,
} from '@/api/types'
import { plainName, plainNames } from '@/lib/plain-name'
import type { StateWords } from '@/ui/state-badge'

export type { StateWords }

export const stateWords: Record<DoseState, StateWords> = {
  upcoming: { word: '还没到时间', icon: 'clock', tone: 'held' },
  open: { word: '待服药', icon: 'pill', tone: 'accent' },
  uploading: { word: '视频还没发完', icon: 'send', tone: 'wait' },
  processing: { word: '已收到', icon: 'hourglass', tone: 'wait' },
  pending_review: { word: '等医生看', icon: 'hourglass', tone: 'wait' },
  observed: { word: '已确认服药', icon: 'check', tone: 'ok' },
  partial: { word: '只确认了一部分', icon: 'half', tone: 'warn' },
  unverifiable: { word: '视频看不清', icon: 'question', tone: 'warn' },
  rejected: { word: '没通过', icon: 'cross', tone: 'danger' },
  self_reported: { word: '自己报告', icon: 'pen', tone: 'wait' },
  live: { word: '视频通话中服药', icon: 'check', tone: 'ok' },
  in_person: { word: '当面服药', icon: 'check', tone: 'ok' },
  missed: { word: '漏服', icon: 'minus', tone: 'danger' },
  held: { word: '医生让暂停', icon: 'pause', tone: 'held' },
  rescheduled: { word: '改到别的时间', icon: 'move', tone: 'held' },
  cancelled: { word: '已取消', icon: 'pause', tone: 'held' },
}

export const slotWords: Record<Slot, string> = {
  morning: '早上',
  noon: '中午',
  evening: '晚上',
  bedtime: '睡前',
}

export const verdictWords: Record<Verdict, string> = {
  observed: '确认服药',
  partial: '只确认了一部分',
  unverifiable: '看不清',
  rejected: '没通过',
}

/** What was wrong, and how to do it better. */
export const reasonWords: Record<ReviewReason, { what: string; how: string }> = {
  face_not_visible: { what: '没看到您的脸', how: '把手机放远一点，让整张脸都在画面里。' },
  drug_not_shown: { what: '没看到药', how: '先把药放在手心，对着镜头停两秒。' },
  swallow_not_seen: { what: '没看到咽下去', how: '药放到舌头上，对着镜头喝水咽下。' },
  mouth_not_shown: { what: '没看到空嘴', how: '咽下后对着镜头张开嘴。' },
  too_dark: { what: '光线太暗', how: '面朝窗户或者开灯再拍。' },
  wrong_code: { what: '数字对不上', how: '拍的时候念出屏幕上当天的四位数字。' },
  wrong_person: { what: '不是您本人', how: '请您自己对着镜头服药。' },
  wrong_drug_count: { what: '药的片数不对', how: '对照单子数好片数，再对着镜头服药。' },
  damaged: { what: '视频坏了', how: '请重新拍一段。' },
  other: { what: '医生有话对您说', how: '请看医生写的话，再重新拍。' },
}

export const videoProblemWords: Record<VideoProblem, string> = {
  empty: '视频是空的。请重新拍一段。',
  too_large: '视频太大。请重新拍一段，一分钟以内。',
  not_a_video: '收到的不是视频。请用这里的相机重新拍。',
  truncated: '视频不完整。请重新拍一段。',
  no_video_track: '视频里没有画面。请重新拍一段。',
  too_short: '视频太短，看不出服药。请重新拍一段。',
  too_long: '视频太长。请重新拍一段，一分钟以内。',
  too_many_pixels: '视频画面太大。请用这里的相机重新拍。',
  undecodable: '视频打不开。请重新拍一段。',
  processing_limit: '视频处理不了。请重新拍一段，短一些。',
}

export const cannotFilmWords: Record<CannotFilmReason, string> = {
  no_signal: '没有信号',
  no_private_place: '没有方便拍的地方',
  phone_problem: '手机有问题',
  unwell: '身体不舒服',
  ran_out: '药没有了',
  travelling: '出门在外',
  forgot: '忘了拍',
  other: '别的原因',
}

const QUARTERS = new Map([
  [0.25, '四分之一'],
  [0.75, '四分之三'],
])

/** "3 片", "半片", "1 片半", "四分之一片", "1 片又四分之三"; as the server's pages say it */
export function tabletWords(tablets: string): string {
  const number = Number(tablets)
  if (Number.isNaN(number)) return `${tablets} 片`
  const whole = Math.floor(number)
  if (number === whole) return `${whole} 片`
  if (number - whole === 0.5) return whole ? `${whole} 片半` : '半片'
  const quarter = QUARTERS.get(number - whole)
  if (quarter) return whole ? `${whole} 片又${quarter}` : `${quarter}片`
  return `${number} 片`
}

/** A line may end after a slash, never within a figure: E275 must not be read as E27. */
export const strengthWords = (strength: string): string =>
  strength.replace(/ /g, '\u00a0').replace(/\//g, '/\u200b')

export function drugLine(drug: Drug): string {
  const strength = drug.strength ? `（${strengthWords(drug.strength)}）` : ''
  return `${plainName(drug.name)}${strength} ${amountWords(drug)}`
}

/** Beside a name in running text: the number stays with its word. */
const amountWords = (drug: Drug): string => tabletWords(drug.tablets).replace(/ /g, '\u00a0')

/** While filming there is room for the names alone; the strength stands where it tells two apart. */
export function pillWords(drugs: Drug[]): string {
  const names = plainNames(drugs.map(({ name }) => name))
  const words = drugs.map((drug, n) => {
    const name = names[n] ?? drug.name
    const isTwin = drugs.filter((other) => other.name === drug.name).length > 1
    const strength = isTwin && drug.strength ? `（${strengthWords(drug.strength)}）` : ''
    return `${name}${strength} ${amountWords(drug)}`
  })
  return words.join('，')
}
