import type { TodayItem } from '@/api/types'
import { partOf } from './parts'

interface TodayCardProps {
  item: TodayItem
  today: string
  all: TodayItem[]
}

/** One item, drawn by the feature it belongs to. */
export function TodayCard({ item, today, all }: TodayCardProps) {
  const { Card } = partOf(item)
  return <Card item={item} today={today} all={all} />
}
