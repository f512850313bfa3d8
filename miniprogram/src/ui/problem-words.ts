/** What a patient is told when something fails: what it is, and what to do. */
import { ApiProblem } from '@/lib/problem'
import type { Item } from '@/offline/items'

const WORDS: Record<string, string> = {
  offline: '没有网络。请检查手机网络后再试。',
  'address-not-allowed': '小程序连不上我们的服务器，不是您的网络不好。请打电话告诉医生。',
  'connection-not-secure':
    '连接不安全，没有发出去。请看看手机的日期对不对；还不行就打电话告诉医生。',
  timeout: '网络太慢，没有等到回应。请再试一次。',
  'wechat-login-failed': '微信登录没有成功。请检查网络，关掉小程序再打开。',
  'wechat-code-invalid': '微信登录没有成功。请关掉小程序再打开。',
  'wechat-busy': '微信正忙，请过一分钟再试。',
  'binding-code-unknown':
    '对不上。请把数字和手机号最后四位再看一遍；还不行就扫码，或者找医生重新要一个。',
  'binding-code-expired': '这个绑定码过期了。请让医生重新给您一个。',
  'binding-code-used': '这个绑定码已经用过了。请让医生重新给您一个。',
  'too-many-attempts': '试的次数太多了。请过一会儿再试，或者问医生。',
  'already-bound': '这个微信已经绑定过了。请关掉小程序再打开；还不行就找医生。',
  'not-bound': '微信还没有绑定。请打开“今日”，按提示绑定。',
  'record-ended': '这份档案已经结束，手机上不用再记录。有事请打电话告诉医生。',
  'consent-required': '需要您先同意说明，才能继续。',
  'dose-not-open': '这次服药现在不能记。请打电话告诉医生。',
  'dose-not-open/settled': '这次服药医生已经确认了，不用再发，可以从手机里删掉。',
  'dose-not-open/too-late': '这次服药的时间已经过去太久，收不下了。请打电话告诉医生，不要补服。',
  'dose-not-open/not-yet':
    '这次服药的时间还没到（凌晨 4 点开始）。药要是已经咽下去了，不要再服，请打电话告诉医生。',
  'film-already-sent': '这次的视频医生已经收到了，不用再发。',
  'severe-side-effect':
    '您报告了严重不舒服，先不要服药，也不用拍。药已经咽下去了，就马上打电话告诉医生。',
  'film-too-large': '视频太大，发不出去。请重新拍一段，一分钟以内。',
  'film-too-long': '视频太长。请重新拍一段，一分钟以内。',
  'idempotency-mismatch': '这段视频和已经发过的对不上。请重新拍一段。',
  'file-lost': '手机里找不到这段视频了。',
  'file-lost/attachment': '手机里找不到要发的照片或录音了。请删掉这一条，重新写一次。',
  'film-replaced': '这次服药已在另一部手机上重新拍过，这段不用再发，可以删掉。',
  'film-not-taken': '您已撤回拍摄视频的同意。这段没有收下，可以从手机里删掉。',
  'storage-refused': '视频没有发成功，会自动再发。',
  'upload-not-found': '视频没有发完整，会自动再发。',
  'not-found': '没有找到。可能已经变了，请返回再看。',
  'http-429': '点得太快了。请过一会儿再试。',
}

export function problemWords(problem: ApiProblem): string {
  const known = WORDS[`${problem.type}/${problem.reason}`] ?? WORDS[problem.type]
  if (known) return known
  if (problem.title) return problem.title
  return problem.status >= 500
    ? '系统正忙。请过一会儿再试。'
    : '没有成功。请再试一次，还不行就问医生。'
}

/** Whether it says to call, ask or tell the doctor: the number belongs beside it then. */
export const namesDoctor = (words: string): boolean => /(打电话|[问找告诉请让]医生)/.test(words)

/** Why something was not taken in; empty while nothing refused it. */
export function refusalWords({ refusal }: Item): string {
  if (!refusal) return ''
  return problemWords(new ApiProblem({ title: '', ...refusal, status: 400 }))
}
