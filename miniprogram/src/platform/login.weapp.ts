import Taro from '@tarojs/taro'
import { ApiProblem, offline } from '@/lib/problem'

async function hasNoNetwork(): Promise<boolean> {
  const network = await Taro.getNetworkType().catch(() => null)
  return network?.networkType === 'none'
}

/** A fresh code of WeChat's own login: five minutes, one use. */
export async function loginCode(): Promise<string> {
  try {
    const { code } = await Taro.login({ timeout: 10_000 })
    if (code) return code
  } catch {
    // Refused and offline look alike here.
    if (await hasNoNetwork()) throw offline()
  }
  throw new ApiProblem({ type: 'wechat-login-failed', title: '', status: 0 })
}

/** WeChat already keeps storage apart per user. */
export const storageOwner = (): string => ''
