import { ApiProblem } from '@/api/problem'
import type { DoseCard } from '@/api/types'
import { outbox } from '@/features/outbox/use-outbox'
import { corrected } from '@/lib/clock'
import { isoOf } from '@/lib/time'
import type { TakenFilm } from './use-camera'

/** Days away from the server: the film is marked for the doctor to look closer, never refused. */
const NO_CODE = '0000'

/** Puts a fresh film into safe keeping before anything else can happen to it. */
export async function keepTaken(
  card: DoseCard,
  film: TakenFilm,
  openedAt: string,
): Promise<string> {
  const { dose_id, due_on, slot } = card
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
  try {
    return (await outbox.keep({ dose_id, due_on, slot, body }, film.shot.path)).id
  } catch {
    throw new ApiProblem({ type: 'film-not-kept', title: '', status: 507 })
  }
}
