import type { DoseCard } from '@/api/types'
import { aboutOf, type FilmItem, newItem } from '@/features/doses'
import { isoOf } from '@/lib/time'
import type { Item } from '@/offline/items'
import { theOutbox } from '@/offline/use-outbox'
import { corrected } from '@/platform/clock'
import type { TakenFilm } from './use-camera'

/** Days away from the server: the film is marked for the doctor to look closer, never refused. */
const NO_CODE = '0000'

/** Puts a fresh film into safe keeping before anything else can happen to it. */
export async function keepTaken(card: DoseCard, film: TakenFilm, openedAt: string): Promise<Item> {
  const capturedAt = isoOf(corrected(film.capturedAt))
  const body = {
    content_type: film.shot.contentType,
    size: 0,
    duration_ms: film.durationMs,
    captured_at: capturedAt,
    opened_at: openedAt || capturedAt,
    day_code: card.day_code ?? NO_CODE,
    mirrored: film.shot.mirrored,
  }
  const done = { recording_id: null, sent_at: null, uploaded: false }
  return theOutbox().keep(newItem<FilmItem>('film', aboutOf(card), body, done), film.shot.path)
}
