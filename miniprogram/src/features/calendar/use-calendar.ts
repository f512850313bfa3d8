import { useState } from 'react'
import { askMonth, monthAsKnown, rememberedMonths } from '@/features/doses'
import { todayHere } from '@/features/today'
import { useResource } from '@/offline/use-resource'
import { useAdherence } from './use-adherence'

/** The month that is shown; with no signal the remembered one, if it was remembered. */
export function useCalendar() {
  const today = todayHere()
  const [month, setMonth] = useState(today.slice(0, 7))
  const calendar = useResource(`month:${month}`, () => askMonth(month), { keep: 'offline' })
  const adherence = useAdherence()
  const known = calendar.data ?? rememberedMonths().find((one) => one.month === month) ?? null
  const reload = async () => {
    await Promise.all([calendar.reload(), adherence.reload()])
  }
  return {
    today,
    month,
    setMonth,
    // A receipt, or an answer to 今日, may have arrived after the one that is shown.
    calendar: known ? monthAsKnown(known) : null,
    adherence: adherence.data,
    problem: calendar.problem,
    reload,
  }
}
