"""Films whose job gave up: tried again ever less often, then given to people."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.feature import NoticeKind
from app.institutions.queries.teams import doctors_of, on_duty_members
from app.institutions.reach import clinic_today
from app.media import service as media_service
from app.medication.models import Dose, Progress, Recording, RecordingState
from app.medication.queries.described import dose_ref
from app.medication.service.expectations import free_doses
from app.medication.service.locks import lock_doses_of
from app.notifications.service import notify_staff

log = logging.getLogger("app.medication")
FILM_STUCK = NoticeKind("film_stuck", "一条视频系统无法处理，请联系患者核实服药")
FILM_LOST = NoticeKind("film_lost", "一条还没有审核的视频已丢失，请联系患者核实服药")
BATCH = 500
STUCK = timedelta(minutes=15)
# How long to wait after each round of tries. After the last a person has to look: what fails for
# three days with the storage at hand is a fault of ours, and the team must not wait for it.
WAITS = tuple(timedelta(hours=h) for h in (0.5, 2, 6, 12, 24, 24))
WITHOUT_JOB = (
    "not exists (select from procrastinate_jobs j where j.task_name = 'medication.film_arrived'"
    " and j.status in ('todo', 'doing') and j.args->>'media_id' = recording.media_id::text)"
)


class StuckFilm(NamedTuple):
    uploaded_at: datetime | None
    recording_id: UUID


async def stuck_films(session: AsyncSession, last: StuckFilm | None) -> Sequence[StuckFilm]:
    """List films that wait for processing, have no job, and whose next round is due."""
    due_at = func.coalesce(Recording.next_round_at, Recording.uploaded_at + STUCK)
    place = (Recording.uploaded_at, Recording.id)
    statement = (
        select(*place)
        .where(
            Recording.state.in_([RecordingState.UPLOADED, RecordingState.PROCESSING]),
            ~Recording.behind,
            Recording.rounds <= len(WAITS),
            due_at <= clock.now(),
            text(WITHOUT_JOB),
        )
        .order_by(*place)
        .limit(BATCH)
    )
    if last is not None:
        statement = statement.where(tuple_(*place) > tuple(last))
    return [StuckFilm(*row) for row in await session.execute(statement)]


async def begin_round(session: AsyncSession, films: Sequence[StuckFilm]) -> None:
    """Give them a new job each; those that have had all rounds go to the team instead."""
    result = await session.execute(
        update(Recording)
        .where(Recording.id.in_([film.recording_id for film in films]))
        .values(rounds=Recording.rounds + 1)
        .returning(
            Recording.id, Recording.rounds, Recording.media_id, Recording.team_id, Recording.dose_id
        )
        .execution_options(synchronize_session=False)
    )
    again = []
    for row in result.all():
        if row.rounds > len(WAITS):
            await _tell_team(session, FILM_STUCK, row.id, row.team_id, row.dose_id)
            continue
        again.append(row.media_id)
        await _set_next_round(session, row.id, clock.now() + WAITS[row.rounds - 1])
    await media_service.announce_again(session, again)


async def _set_next_round(session: AsyncSession, recording_id: UUID, at: datetime) -> None:
    await session.execute(
        update(Recording)
        .where(Recording.id == recording_id)
        .values(next_round_at=at)
        .execution_options(synchronize_session=False)
    )


async def _tell_team(
    session: AsyncSession, kind: NoticeKind, recording_id: UUID, team_id: UUID, dose_id: UUID
) -> None:
    """Tell who is on duty, or all of the team where nobody is; once for each film."""
    members = await on_duty_members(session, team_id, clinic_today())
    people = [m.id for m in members or await doctors_of(session, team_id)]
    if not people:
        log.warning("a film is lost and nobody could be told", extra={"film": str(recording_id)})
    await notify_staff(
        session,
        people,
        kind,
        key=f"{kind.code}:{recording_id}",
        subject=dose_ref(dose_id),
        href=f"/staff/doses/{dose_id}",
    )


async def film_gone(session: AsyncSession, media_id: UUID) -> UUID | None:
    """Note that a film is no longer in the storage; verdict and stills stay, nobody waits.

    A film that nobody has read yet lets go of its dose, and the team is told. Returns the
    treatment in which a miss may have come to light.
    """
    await lock_doses_of(session, Recording.media_id == media_id)
    recording = (
        await session.execute(
            update(Recording)
            .where(Recording.media_id == media_id, Recording.film_deleted_at.is_(None))
            .values(film_deleted_at=clock.now(), pending_reading=None)
            .returning(
                Recording.id, Recording.team_id, Recording.dose_id, Recording.first_reviewed_at
            )
            .execution_options(synchronize_session=False)
        )
    ).first()
    if recording is None or recording.first_reviewed_at is not None:
        return None
    freed = await free_doses(session, [recording.id], Dose.progress == Progress.PENDING_REVIEW)
    if not freed:
        return None
    await _tell_team(session, FILM_LOST, recording.id, recording.team_id, recording.dose_id)
    return freed[0]
