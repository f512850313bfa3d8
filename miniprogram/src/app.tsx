import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { startOutbox } from '@/features/outbox/use-outbox'
import './app.css'

export default function App({ children }: { children?: ReactNode }) {
  useEffect(startOutbox, [])
  return children
}
