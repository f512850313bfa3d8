"""Films on pages: stills beside their readings, and playing one, which the audit notes."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.json_rows import typed
from app.core.pages import render
from app.core.problems import NotFound
from app.core.state import AppStorage
from app.core.storage import Storage
from app.media.content_types import JPEG, MP4
from app.medication.loaders import ReachableRecording
from app.medication.schemas.patient_page import FilmLine, FilmRow, ReadingLine
from app.medication.service.review_queue import note_view

router = APIRouter(prefix="/recordings")


def _link(storage: Storage, key: str | None, content_type: str) -> str | None:
    return storage.link(key, content_type) if key else None


def with_stills(rows: Sequence[FilmRow]) -> list[UUID]:
    """Whose frames the page shows."""
    return [row.id for row in rows if row.poster_key or row.sheet_key]


def film_lines(rows: Sequence[FilmRow], storage: Storage) -> list[FilmLine]:
    return [
        FilmLine(
            recording=row,
            readings=typed(ReadingLine, row.readings),
            poster_url=_link(storage, row.poster_key, JPEG),
            sheet_url=_link(storage, row.sheet_key, JPEG),
            playable=row.film_key is not None and row.film_deleted_at is None,
            seconds=None if row.duration_ms is None else row.duration_ms / 1000,
            delete_at=row.delete_at,
        )
        for row in rows
    ]


@router.get("/{recording_id}/film")
async def play_film(
    request: Request,
    actor: ClinicianActor,
    recording: ReachableRecording,
    storage: AppStorage,
    session: Session,
) -> Response:
    """Make the link only when asked for: whoever gets it has viewed the film."""
    if recording.film_key is None or recording.film_deleted_at is not None:
        raise NotFound
    note_view(session, actor, recording)
    context = {
        "recording": recording,
        "film_url": storage.link(recording.film_key, MP4),
    }
    return render(request, "medication/film.html", context)
