import { useState } from 'react'
import { personHere } from '@/offline/person'
import { forget, recall, remember } from '@/platform/store'

export interface Draft {
  text: string
  write: (text: string) => void
  /** After it was sent, or thrown away. */
  drop: () => void
}

/** What is being written, found again after a call or an accident; each person's own. */
export function useDraft(key: string): Draft {
  const name = `draft:${personHere() ?? ''}:${key}`
  const [text, setText] = useState(() => recall<string>(name) ?? '')
  return {
    text,
    write: (next) => {
      setText(next)
      remember(name, next)
    },
    drop: () => {
      setText('')
      forget(name)
    },
  }
}
