/** The app's one outbox, bound to this phone's storage, files and network. */
import Taro from '@tarojs/taro'
import { useEffect, useState } from 'react'
import { newId } from '@/lib/id'
import { problemWords } from '@/lib/problem-words'
import { recall, remember } from '@/lib/store'
import * as files from '@/platform/films'
import { onNetworkBack } from '@/platform/network'
import { sendApi } from './api'
import type { OutboxItem } from './items'
import { Outbox } from './outbox'

const KEY = 'outbox'
let timer: ReturnType<typeof setTimeout> | undefined

export const outbox = new Outbox({
  load: () => recall<OutboxItem[]>(KEY) ?? [],
  save: (items) => remember(KEY, items),
  api: sendApi,
  files,
  newId,
  now: () => Date.now(),
  wake: (ms, go) => {
    clearTimeout(timer)
    timer = setTimeout(go, ms)
  },
  words: problemWords,
})

/** Called once when the app starts; WeChat stops our code in the background, so it resumes on show. */
export function startOutbox(): void {
  void outbox.recover().then(() => outbox.retryNow())
  Taro.onAppShow(() => outbox.retryNow())
  onNetworkBack(() => outbox.retryNow())
}

export function useOutbox(): Outbox {
  const [, redraw] = useState(0)
  useEffect(() => outbox.subscribe(() => redraw((n) => n + 1)), [])
  return outbox
}
