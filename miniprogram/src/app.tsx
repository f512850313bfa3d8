import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { reportError, sendUnsentReports } from '@/api/report'
import { startOutbox } from '@/offline/use-outbox'
import { isAwake } from '@/platform/awake'
import { onFault } from '@/platform/faults'
import { sweepShared } from '@/platform/share-file'
import { updateWhen } from '@/platform/update'
import './register'
import './ui/tokens.gen.css'
import './app.css'

function start(): void {
  onFault((error) => reportError('unhandled', error))
  sendUnsentReports()
  startOutbox()
  sweepShared()
  // Awake means that something is being filmed or sent.
  updateWhen(() => !isAwake())
}

export default function App({ children }: { children?: ReactNode }) {
  useEffect(start, [])
  return children
}
