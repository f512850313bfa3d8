import { useState } from 'react'
import type { CalendarMonth } from '@/api/types'
import { useLoad } from '@/api/use-load'
import { fetchMonth, rememberedMonths } from '@/features/doses'
import { todayHere } from '@/features/today'
import { fetchAdherence } from './api'

/** The month that is shown; with no signal the remembered one, if it was remembered. */
export function useCalendar() {
  const today = todayHere()
  const [month, setMonth] = useState(today.slice(0, 7))
  const calendar = useLoad(() => fetchMonth(month), month)
  const adherence = useLoad(fetchAdherence)
  const fresh = calendar.data?.month === month ? calendar.data : null
  const shown: CalendarMonth | null =
    fresh ?? rememberedMonths().find((m) => m.month === month) ?? null
  const reload = async () => {
    await Promise.all([calendar.reload(), adherence.reload()])
  }
  return {
    today,
    month,
    setMonth,
    calendar: shown,
    adherence: adherence.data,
    problem: calendar.problem,
    reload,
  }
}
