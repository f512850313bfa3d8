import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { startOutbox } from '@/offline/use-outbox'
import './register'
import './ui/tokens.gen.css'
import './app.css'

export default function App({ children }: { children?: ReactNode }) {
  useEffect(startOutbox, [])
  return children
}
