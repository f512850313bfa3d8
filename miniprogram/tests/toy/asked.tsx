/** A question about a walk, with what was photographed and said: a kind with attachments. */
import { useState } from 'react'
import type { UploadTicket } from '@/api/types'
import type { Attachment, Voice } from '@/lib/attachment'
import type { Item } from '@/offline/items'
import type { Kind } from '@/offline/kinds'
import { theOutbox } from '@/offline/use-outbox'
import { PhotoPick } from '@/ui/form/photo-pick'
import { SubmitBar } from '@/ui/form/submit-bar'
import { VoiceNote } from '@/ui/form/voice-note'
import { Page } from '@/ui/page'
import { Result } from '@/ui/result'

/** Which of its files the server has, by what name. */
type Sent = Record<string, string>
export type AskedItem = Item<{ walk_id: string }, { on: string }, Sent> & { kind: 'asked' }

export interface AskApi {
  /** A place for one file; asked for again under the same key it is the same place. */
  place: (type: string, size: number, key: string) => Promise<{ id: string; upload: UploadTicket }>
  ask: (walkId: string, mediaIds: string[], key: string) => Promise<{ revision: number }>
}

// offline.ts
export const askKind = (api: AskApi): Kind<AskedItem, { revision: number }> => ({
  name: 'asked',
  title: ({ about }) => `${about.on} 走路的问题`,
  urgency: () => 20,
  send: async (item, desk) => {
    const sent = { ...item.done }
    for (const file of item.files) {
      if (sent[file.id]) continue
      await desk.mustHave(file)
      const { id, upload } = await api.place(file.type ?? '', file.size, `${item.id}:${file.id}`)
      await desk.upload(file, upload)
      sent[file.id] = id
      desk.save({ [file.id]: id })
    }
    const ids = item.files.map((file) => sent[file.id] ?? '')
    return api.ask(item.body.walk_id, ids, item.id)
  },
  receipts: () => [],
})

// packages/walks/ask/index.tsx
export function AskPage({ walkId }: { walkId: string }) {
  const [photos, setPhotos] = useState<Attachment[]>([])
  const [voice, setVoice] = useState<Voice | null>(null)
  const [done, setDone] = useState(false)
  const say = async () => {
    const wanted = {
      kind: 'asked',
      subject: `ask:${walkId}`,
      about: { on: '2026-11-22' },
      body: { walk_id: walkId },
      done: {},
      expires_at: Date.now() + 86_400_000,
    }
    await theOutbox().addWith(wanted, [...photos, ...(voice ? [voice] : [])])
    setDone(true)
  }
  if (done) {
    return (
      <Page>
        <Result title="收下了，会发给医生" />
      </Page>
    )
  }
  const missing = photos.length > 0 || voice ? '' : '先加照片，或者说一段话'
  return (
    <Page footer={<SubmitBar words="发给医生" missing={missing} onSubmit={() => void say()} />}>
      <PhotoPick photos={photos} onChange={setPhotos} />
      <VoiceNote voice={voice} onChange={setVoice} />
    </Page>
  )
}
