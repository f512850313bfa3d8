/** What a feature brings to 今日: how its items look, and what they are with no signal. */
import type { ReactElement } from 'react'
import type { TodayItem } from '@/api/types'

export interface TodayPart<I extends TodayItem = TodayItem> {
  /** `all`: everything of the day, for what depends on what else there is to do. */
  Card: (props: { item: I; today: string; all: TodayItem[] }) => ReactElement
  /** The item with what the server has confirmed on this phone since it was made. */
  confirmed: (item: I, now: number) => I
  /** Without the server an item moves on by the clock, and only that way. */
  movedOn: (item: I, now: number) => I
  /** What was remembered ahead for this day. */
  itemsOn: (on: string, now: number) => I[]
  /** The server works on it: its news is near, look again soon. */
  isWorking: (item: I) => boolean
  /** Keeps what the coming days need; called once a day, with a network. */
  rememberAhead: (on: string) => Promise<void>
  /** Another person is bound: what was remembered is not theirs. */
  forget: () => void
}
