import { useDidShow } from '@tarojs/taro'
import { act, cleanup, render, screen } from '@testing-library/react'
import type { ComponentType } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { get, openSession } from '@/api/client'
import { offline } from '@/lib/problem'
import { forgetAnswers } from '@/offline/kept'
import { rememberPerson } from '@/offline/person'
import ConsentsPage from '@/packages/me/consents/index'
import RecordPage from '@/packages/me/record/index'
import CalendarPage from '@/pages/calendar/index'
import MinePage from '@/pages/mine/index'
import { makeCard } from '../factories'

vi.mock('@/api/client')

const ME = {
  patient_id: 'p1',
  name: '王秀兰',
  phone_masked: '138****0000',
  sex: 'female',
  birth_on: '1950-03-02',
  birth_precision: 'day',
  relation: 'self',
  conditions: [],
  institution_name: '青山医院',
  team_name: '张医生团队',
  doctors: [{ title: '家庭医生', name: '张医生' }],
  on_call_phone: null,
  team_phone: '021-1234567',
  institution_phone: null,
  institution_address: null,
  opening_hours: [],
  video_retention_days: 90,
}
const card = makeCard()
const ANSWERS: Record<string, unknown> = {
  '/api/me': ME,
  '/api/notices': { items: [], next_cursor: null, unread: 0 },
  '/api/consents/documents': [
    { purpose: 'video', version: '2', title: '拍视频', paragraphs: ['一'], required: true },
  ],
  '/api/consents': [
    {
      purpose: 'video',
      version: '2',
      accepted_at: '2026-11-01T08:00:00+08:00',
      withdrawn_at: null,
    },
  ],
  '/api/doses/calendar/{month}': {
    month: card.due_on.slice(0, 7),
    days: [{ on: card.due_on, doses: [card] }],
    treatments: [],
  },
}
const asked = (path: string) => vi.mocked(get).mock.calls.filter(([to]) => to === path).length

const opened = async (Page: ComponentType) => {
  cleanup()
  vi.mocked(get).mockClear()
  await act(async () => void render(<Page />))
}

beforeEach(() => {
  rememberPerson('p1')
  forgetAnswers()
  vi.setSystemTime(new Date(`${card.due_on}T10:00:00+08:00`))
  vi.mocked(useDidShow).mockImplementation(
    (callback) => void queueMicrotask(callback as () => void),
  )
  vi.mocked(openSession).mockResolvedValue({ bound: true, staff: false } as never)
  vi.mocked(get).mockImplementation((async (path: string) => {
    if (path in ANSWERS) return ANSWERS[path]
    throw offline()
  }) as never)
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

describe('with no network, as it was last seen', () => {
  it.each([
    ['我的', MinePage, '王秀兰'],
    ['我的资料和医生', RecordPage, '张医生'],
    ['我的同意书', ConsentsPage, '同意了'],
    ['日历', CalendarPage, '这些图是什么意思？'],
  ] as [string, ComponentType, string][])('%s', async (_, Page, words) => {
    await opened(Page)
    expect(document.body.textContent).toContain(words)
    vi.mocked(get).mockRejectedValue(offline())
    await opened(Page)

    expect(document.body.textContent).toContain(words)
    expect(screen.getByTestId('stale')).toBeTruthy()
    expect(screen.queryByTestId('problem')).toBeNull()
  })
})

describe('a page that opens', () => {
  it.each([
    [MinePage, ['/api/me', '/api/notices']],
    [RecordPage, ['/api/me']],
    [CalendarPage, ['/api/doses/calendar/{month}', '/api/doses/adherence']],
  ] as [ComponentType, string[]][])('asks once, although it is shown, too', async (Page, paths) => {
    await opened(Page)

    expect(paths.map((path) => [path, asked(path)])).toEqual(paths.map((path) => [path, 1]))
  })
})
