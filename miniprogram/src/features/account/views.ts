import type { RecordView } from '@/api/types'
import { clockOf, dayOf, instantOf } from '@/lib/time'

/** What one person did in one day, with how often and when last. */
export interface ViewDeed {
  words: string
  times: number
  at: string
}

export interface ViewsOfDay {
  key: string
  on: string
  viewer: string
  deeds: ViewDeed[]
}

/**
 * Gather looks by day and person, newest first: someone who opens a record ten times in a morning
 * is one card, and what was seen on lists does not push the films away.
 */
export function gatherViews(views: RecordView[]): ViewsOfDay[] {
  const groups = new Map<string, ViewsOfDay>()
  for (const view of views) {
    const on = dayOf(instantOf(view.viewed_at))
    const viewer = `${view.viewer_title} ${view.viewer_name}`
    const key = `${on} ${viewer}`
    const group = groups.get(key) ?? { key, on, viewer, deeds: [] }
    groups.set(key, group)
    add(group.deeds, view)
  }
  return [...groups.values()]
}

function add(deeds: ViewDeed[], view: RecordView): void {
  const words = view.about ? `${view.what}：${view.about}` : view.what
  const known = deeds.find((deed) => deed.words === words)
  if (known) known.times += 1
  else deeds.push({ words, times: 1, at: view.viewed_at })
}

/** "查看档案（3 次，最近 14:03）" */
export function deedWords(deed: ViewDeed): string {
  const at = clockOf(deed.at)
  return `${deed.words}（${deed.times > 1 ? `${deed.times} 次，最近 ${at}` : at}）`
}
