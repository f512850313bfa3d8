/**
 * An institution's own spoken words for the steps: asked for now and then, fetched once, kept, and
 * played from the phone. Without any, and wherever something fails, filming goes on in silence.
 */
import { get } from '@/api/client'
import { download } from '@/api/download'
import type { PlayedVoice, VoiceStep } from '@/api/types'
import { personHere } from '@/offline/person'
import { folderOf } from '@/platform/folder'
import { recall, remember } from '@/platform/store'

const KNOWN = 'guide-voices'
const ASK_AGAIN_MS = 12 * 3_600_000
const AFTER_FAILURE_MS = 10 * 60_000
/** Six of them; each is about eight seconds of speech at most, far below this. */
const LARGEST_BYTES = 300_000

interface KeptVoice {
  step: VoiceStep
  id: string
}
interface Known {
  person: string | null
  askedAt: number
  voices: KeptVoice[]
}

const sounds = folderOf('sounds', 'm4a')
const known = () => recall<Known>(KNOWN)
let asking: Promise<void> | null = null
let failedAt = 0

function isFresh(): boolean {
  const last = known()
  if (Math.abs(Date.now() - failedAt) < AFTER_FAILURE_MS) return true
  return last?.person === personHere() && Math.abs(Date.now() - last.askedAt) < ASK_AGAIN_MS
}

/** Never fails: the words are a help, and no page waits for them. */
export function fetchVoices(): Promise<void> {
  if (isFresh()) return Promise.resolve()
  asking ??= ask()
    .catch(() => {
      failedAt = Date.now()
    })
    .finally(() => {
      asking = null
    })
  return asking
}

async function ask(): Promise<void> {
  const { voices } = await get('/api/guide-voices', {})
  const before = known()?.voices ?? []
  const here = new Set(await sounds.keptFiles())
  const kept: KeptVoice[] = []
  let whole = true
  for (const voice of voices.filter(({ size }) => size <= LARGEST_BYTES)) {
    if (here.has(voice.voice_id) || (await isKept(voice))) {
      kept.push({ step: voice.step, id: voice.voice_id })
    } else {
      whole = false
      // Until the new words are here the old ones go on.
      kept.push(...before.filter(({ step }) => step === voice.step))
    }
  }
  remember<Known>(KNOWN, { person: personHere(), askedAt: whole ? Date.now() : 0, voices: kept })
  if (!whole) failedAt = Date.now()
  const wanted = new Set(kept.map(({ id }) => id))
  for (const id of here) if (!wanted.has(id)) await sounds.dropFile(id)
}

async function isKept({ voice_id: id, url, size }: PlayedVoice): Promise<boolean> {
  try {
    if ((await sounds.keepFile(id, await download(url))) === size) return true
  } catch {
    // No signal, or no room.
  }
  await sounds.dropFile(id).catch(() => undefined)
  return false
}

export type VoicePaths = Partial<Record<VoiceStep, string>>

/** Where the words of each step lie; a file that is gone is asked for again the next time. */
export async function voicePaths(): Promise<VoicePaths> {
  const paths: VoicePaths = {}
  for (const { step, id } of known()?.voices ?? []) {
    const path = await sounds.fileUrl(id).catch(() => null)
    if (path) paths[step] = path
  }
  return paths
}
