import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { startOutbox } from '@/offline/use-outbox'
import './register'
import './app.css'

export default function App({ children }: { children?: ReactNode }) {
  useEffect(startOutbox, [])
  return children
}
