import type { TodayItem } from '@/api/types'
import { partOf } from './parts'

/** One item, drawn by the feature it belongs to. */
export function TodayCard({ item, today }: { item: TodayItem; today: string }) {
  const { Card } = partOf(item)
  return <Card item={item} today={today} />
}
