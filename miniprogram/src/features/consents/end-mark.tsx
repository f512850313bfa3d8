import { View } from '@tarojs/components'
import { useEffect, useState } from 'react'
import { whenSeen } from '@/platform/seen'

export const END_MARK = 'consent-end'
/** By then the page stands at its top again: the end of the text before was in view. */
const SETTLED_MS = 300
/** Longer than it takes to scroll there: a mark that is never reported keeps nobody. */
const LONGEST_MS = 1500

/** Whether the end of this text was in view; `readOn` is for whoever asks to be brought there. */
export function useReadToEnd(text: string): { read: boolean; readOn: () => void } {
  const [readText, setReadText] = useState('')
  /** The text of which the end was asked for: no other may be read by it. */
  const [asked, setAsked] = useState('')
  useEffect(() => {
    if (!text) return
    let stop: (() => void) | null = null
    const timer = setTimeout(() => {
      stop = whenSeen(END_MARK, () => setReadText(text))
    }, SETTLED_MS)
    return () => {
      clearTimeout(timer)
      stop?.()
    }
  }, [text])
  useEffect(() => {
    if (asked !== text) return
    const timer = setTimeout(() => setReadText(text), LONGEST_MS)
    return () => clearTimeout(timer)
  }, [asked, text])
  return { read: readText === text, readOn: () => setAsked(text) }
}

export function EndMark() {
  return (
    <View id={END_MARK} className="soft" data-testid={END_MARK}>
      —— 到这里读完了 ——
    </View>
  )
}
