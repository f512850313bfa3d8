import { useEffect, useRef } from 'react'
import { useOutbox } from './use-outbox'

/** Calls back when something left the outbox, that is, when the server has news for the cards. */
export function useSettled(settled: () => void): void {
  const count = useOutbox().all().length
  const before = useRef(count)
  const latest = useRef(settled)
  latest.current = settled
  useEffect(() => {
    if (count < before.current) latest.current()
    before.current = count
  }, [count])
}
