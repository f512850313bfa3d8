import Taro from '@tarojs/taro'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSession } from '@/api/client'
import { fetchMe } from '@/api/me'
import { ApiProblem, offline } from '@/lib/problem'
import { confirmPerson, personHere, rememberPerson } from '@/offline/person'
import { forgetAllBut, recall, remember } from '@/platform/store'

vi.mock('@/api/me')
vi.mock('@/api/client')

const session = (bound = true) => ({
  access_token: 't',
  expires_in_s: 7200,
  bound,
  ended: false,
  staff: false,
})
const meIs = (patient_id: string) => vi.mocked(fetchMe).mockResolvedValue({ patient_id } as never)

beforeEach(() => {
  vi.mocked(openSession).mockResolvedValue(session())
  vi.mocked(fetchMe).mockReset()
})
afterEach(() => Taro.clearStorageSync())

describe('who is bound on this phone', () => {
  it('is asked once a session, and remembered', async () => {
    meIs('p1')
    expect(await Promise.all([confirmPerson(), confirmPerson()])).toEqual(['p1', 'p1'])
    expect(fetchMe).toHaveBeenCalledTimes(1)
    expect(personHere()).toBe('p1')
  })

  it('is asked again in a new session', async () => {
    meIs('p1')
    await confirmPerson()
    vi.mocked(openSession).mockResolvedValue(session())
    meIs('p2')
    expect(await confirmPerson()).toBe('p2')
    expect(personHere()).toBe('p2')
  })

  it('stays the remembered one with no network, and is asked when there is one', async () => {
    rememberPerson('p1')
    vi.mocked(fetchMe).mockRejectedValueOnce(offline())
    await expect(confirmPerson()).rejects.toMatchObject({ type: 'offline' })
    expect(personHere()).toBe('p1')

    meIs('p1')
    expect(await confirmPerson()).toBe('p1')
  })

  it('is nobody yet: what is kept waits, and is not refused', async () => {
    vi.mocked(openSession).mockResolvedValue(session(false))
    await expect(confirmPerson()).rejects.toMatchObject({ type: 'not-bound', status: 0 })

    vi.mocked(openSession).mockResolvedValue(session())
    const gone = new ApiProblem({ type: 'not-bound', title: '', status: 403 })
    vi.mocked(fetchMe).mockRejectedValueOnce(gone)
    await expect(confirmPerson()).rejects.toMatchObject({ type: 'not-bound', status: 0 })
  })
})

describe('forgetAllBut', () => {
  it('leaves only what may be another person’s', () => {
    rememberPerson('p1')
    remember('outbox', ['theirs'])

    forgetAllBut('outbox')

    expect(personHere()).toBeNull()
    expect(recall('outbox')).toEqual(['theirs'])
  })
})
