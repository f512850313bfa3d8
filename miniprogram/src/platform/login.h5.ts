/** The preview's login: the stand-in for WeChat hands out a code for whoever you say you are. */
import { ApiProblem, offline } from '@/lib/problem'

const USER_KEY = 'weibu.preview.user'

export function storageOwner(): string {
  const asked = new URLSearchParams(window.location.search).get('user')
  const name =
    asked ??
    window.localStorage.getItem(USER_KEY) ??
    `guest-${Math.random().toString(36).slice(2, 10)}`
  window.localStorage.setItem(USER_KEY, name)
  return name
}

async function fetchJson<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init).catch(() => {
    throw offline()
  })
  if (!answer.ok) {
    throw new ApiProblem({ type: 'wechat-login-failed', title: '', status: answer.status })
  }
  return (await answer.json()) as T
}

export async function loginCode(): Promise<string> {
  const { standin_base } = await fetchJson<{ standin_base: string }>('/m/preview.json')
  const { code } = await fetchJson<{ code: string }>(`${standin_base}/standin/login-code`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: storageOwner() }),
  })
  return code
}
