/** The app's one outbox, bound to this phone's storage, files and network. */
import Taro from '@tarojs/taro'
import { useEffect, useState } from 'react'
import { confirmPerson, personHere } from '@/features/session/person'
import { trueNow } from '@/lib/clock'
import { newId } from '@/lib/id'
import { problemWords } from '@/lib/problem-words'
import { recall, remember } from '@/lib/store'
import * as files from '@/platform/films'
import { onNetworkBack } from '@/platform/network'
import { sendApi } from './api'
import type { OutboxItem } from './items'
import { Outbox } from './outbox'

export const OUTBOX = 'outbox'
let timer: ReturnType<typeof setTimeout> | undefined

export const outbox = new Outbox({
  load: () => recall<OutboxItem[]>(OUTBOX) ?? [],
  save: (items) => remember(OUTBOX, items),
  api: sendApi,
  files,
  newId,
  now: () => Date.now(),
  trueNow,
  person: personHere,
  confirmPerson,
  wake: (ms, go) => {
    clearTimeout(timer)
    timer = setTimeout(go, ms)
  },
  words: problemWords,
})

/** Called once when the app starts; WeChat stops our code in the background, so it resumes on show. */
export function startOutbox(): void {
  void outbox.recover().then(goOn)
  Taro.onAppShow(() => void goOn())
  onNetworkBack(() => void goOn())
}

/** Learns whose phone this is while there is a network, for what will be kept when there is none. */
async function goOn(): Promise<void> {
  await confirmPerson().catch(() => undefined)
  outbox.retryNow()
}

export function useOutbox(): Outbox {
  const [, redraw] = useState(0)
  useEffect(() => outbox.subscribe(() => redraw((n) => n + 1)), [])
  return outbox
}
