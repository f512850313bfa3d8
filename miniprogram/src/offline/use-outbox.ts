/** The app's one outbox, bound to this phone's storage, files and network. */
import Taro from '@tarojs/taro'
import { useEffect, useState } from 'react'
import { reportError } from '@/api/report'
import { upload } from '@/api/upload'
import { newId } from '@/lib/id'
import { stayAwake } from '@/platform/awake'
import { noticeJump, watchClock } from '@/platform/clock'
import * as files from '@/platform/files'
import { onNetworkBack } from '@/platform/network'
import { isBroken, keep, neverDrop, recall } from '@/platform/store'
import { kinds } from './kinds'
import { Outbox } from './outbox'
import { confirmPerson, personHere } from './person'
import { type Receipt, Receipts } from './receipts'

export const OUTBOX = 'outbox'
const RECEIPTS = 'receipts'
neverDrop(OUTBOX, RECEIPTS)
const now = () => Date.now()
let timer: ReturnType<typeof setTimeout> | undefined
let shown = true

export const receipts = new Receipts({
  load: () => recall<Receipt[]>(RECEIPTS) ?? [],
  save: (all) => keep(RECEIPTS, all),
  now,
  person: personHere,
})

let opened: Outbox | null = null

/** Opened on first use: by then every feature has told its kinds. */
export function theOutbox(): Outbox {
  opened ??= new Outbox({
    broken: isBroken(OUTBOX),
    load: () => recall<unknown[]>(OUTBOX) ?? [],
    save: (items) => keep(OUTBOX, items),
    kinds,
    receipts,
    upload,
    files,
    newId,
    now,
    person: personHere,
    confirmPerson,
    wake: (ms, go) => {
      clearTimeout(timer)
      timer = setTimeout(go, ms)
    },
    report: (what) => reportError('unhandled', new Error(what)),
  })
  return opened
}

/** Called once when the app starts; WeChat stops our code in the background, so it resumes on show. */
export function startOutbox(): void {
  theOutbox().subscribe(() => stayAwake('sending', theOutbox().isUploading()))
  void theOutbox().recover().then(goOn)
  watchClock(() => shown)
  Taro.onAppHide(() => {
    shown = false
  })
  Taro.onAppShow(() => {
    shown = true
    void goOn()
  })
  onNetworkBack(() => void goOn())
}

/** Learns whose phone this is while there is a network, for what will be kept when there is none. */
async function goOn(): Promise<void> {
  noticeJump()
  await confirmPerson().catch(() => undefined)
  theOutbox().retryNow()
}

export function useOutbox(): Outbox {
  const [, redraw] = useState(0)
  useEffect(() => {
    const again = () => redraw((n) => n + 1)
    const stops = [theOutbox().subscribe(again), receipts.subscribe(again)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  return theOutbox()
}
