import Taro from '@tarojs/taro'
import { ApiProblem } from '@/lib/problem'

/** A fresh code of WeChat's own login: five minutes, one use. */
export async function loginCode(): Promise<string> {
  try {
    const { code } = await Taro.login({ timeout: 10_000 })
    if (code) return code
  } catch {
    // Refused and offline look alike here; both are told as below.
  }
  throw new ApiProblem({ type: 'wechat-login-failed', title: '', status: 0 })
}

/** WeChat already keeps storage apart per user. */
export const storageOwner = (): string => ''
