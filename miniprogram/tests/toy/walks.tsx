/** A whole feature, built by the README's list and not shipped: a walk a day, its minutes typed in. */
import { useState } from 'react'
import type { TodayItem } from '@/api/types'
import type { TodayPart } from '@/features/today'
import { type Figures, missingOf, type NumberField, valuesOf } from '@/lib/number-pad'
import type { Item } from '@/offline/items'
import type { Kind } from '@/offline/kinds'
import { receipts, theOutbox, useOutbox } from '@/offline/use-outbox'
import { recall, remember } from '@/platform/store'
import { Card } from '@/ui/card'
import { NumberPad } from '@/ui/form/number-pad'
import { SubmitBar } from '@/ui/form/submit-bar'
import { Page } from '@/ui/page'
import { Result } from '@/ui/result'
import { Switch } from '@/ui/switch'

export interface Walk {
  walk_id: string
  on: string
  revision: number
  minutes: number | null
}
export interface WalkItem {
  kind: 'walk'
  ref: { feature: string; kind: string; id: string }
  rank: 'now' | 'done'
  due_at: string
  revision: number
  walk: Walk
}
type WalkedItem = Item<{ minutes: number; outside: boolean }, { on: string }, null> & {
  kind: 'walked'
}

const subjectOf = (id: string) => `walk:${id}`

export function itemOf(walk: Walk): WalkItem {
  const due_at = `${walk.on}T16:00:00+08:00`
  const ref = { feature: 'walks', kind: 'walk', id: walk.walk_id }
  const rank = walk.minutes === null ? 'now' : 'done'
  return { kind: 'walk', ref, rank, due_at, revision: walk.revision, walk }
}

// offline.ts
export const walkKinds = (
  send: (id: string, body: WalkedItem['body'], key: string) => Promise<Walk>,
): Kind<WalkedItem, Walk>[] => [
  {
    name: 'walked',
    title: ({ about }) => `${about.on} 走一走`,
    urgency: () => 5,
    send: (item) => send(item.subject.slice('walk:'.length), item.body, item.id),
    receipts: ({ subject, body, expires_at }, answer) => [
      {
        subject,
        revision: answer?.revision ?? 0,
        change: { minutes: body.minutes },
        expires_at,
      },
    ],
  },
]

// today-item.tsx
const AHEAD = 'walks-ahead'
const confirmed = (walk: Walk) => receipts.applied(subjectOf(walk.walk_id), walk)

function WalkCard({ item }: { item: WalkItem }) {
  const waits = useOutbox()
    .all()
    .some(({ subject }) => subject === subjectOf(item.walk.walk_id))
  const { minutes } = item.walk
  return (
    <Card title="走一走" testId="walk">
      {minutes === null ? (waits ? '待发送' : '还没走') : `走了 ${minutes} 分钟`}
    </Card>
  )
}

export const walkPart = {
  Card: WalkCard,
  confirmed: (item: WalkItem) => itemOf(confirmed(item.walk)),
  movedOn: (item: WalkItem) => itemOf(confirmed(item.walk)),
  itemsOn: (on: string) =>
    (recall<Walk[]>(AHEAD) ?? []).filter((walk) => walk.on === on).map(itemOf),
  isWorking: () => false,
  rememberAhead: async (on: string) =>
    remember(AHEAD, [{ walk_id: `w-${on}`, on, revision: 1, minutes: null }]),
  forget: () => remember(AHEAD, []),
} as unknown as TodayPart<TodayItem>

// packages/walks/walk/index.tsx
const FIELDS: readonly NumberField<'minutes'>[] = [
  { name: 'minutes', label: '分钟数', unit: '分钟', min: 1, max: 180, decimals: 0 },
]

export function WalkPage({ walk }: { walk: Walk }) {
  const [figures, setFigures] = useState<Figures<'minutes'>>({})
  const [outside, setOutside] = useState(false)
  const [done, setDone] = useState(false)
  const say = () => {
    const values = valuesOf(figures, FIELDS)
    if (!values) return
    theOutbox().add({
      kind: 'walked',
      subject: subjectOf(walk.walk_id),
      about: { on: walk.on },
      body: { minutes: values.minutes, outside },
      done: null,
      expires_at: Date.now() + 86_400_000,
    })
    setDone(true)
  }
  if (done) {
    return (
      <Page>
        <Result title="记下了" />
      </Page>
    )
  }
  return (
    <Page footer={<SubmitBar words="记下" missing={missingOf(figures, FIELDS)} onSubmit={say} />}>
      <NumberPad fields={FIELDS} figures={figures} onChange={setFigures} />
      <Switch label="在外面走的" on={outside} onTurn={setOutside} testId="outside" />
    </Page>
  )
}
