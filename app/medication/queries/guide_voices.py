"""Words spoken for the filming guide: what a phone plays, what an institution has."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.pagination import Key, Slice, paginate_as
from app.core.statements import typed_rows
from app.institutions.models import Institution, Team
from app.media.sound import SoundProblem
from app.medication.models import GuideVoice, VoiceState, VoiceStep


class Played(NamedTuple):
    """The words of one step as a phone of the team plays them."""

    id: UUID
    step: VoiceStep
    sound_key: str
    size: int


class VoiceRow(NamedTuple):
    id: UUID
    created_at: datetime
    step: VoiceStep
    state: VoiceState
    problem: SoundProblem | None
    sound_key: str | None
    duration_ms: int | None
    size: int | None
    ready_at: datetime | None
    removed_at: datetime | None


async def played_by(session: AsyncSession, team_id: UUID) -> list[Played]:
    """Of each step those of the team's institution, or else of the nearest one above."""
    holder, home = aliased(Institution), aliased(Institution)
    at_or_above = cast(func.string_to_array(home.path, "."), ARRAY(Uuid()))
    statement = (
        select(GuideVoice.id, GuideVoice.step, GuideVoice.sound_key, GuideVoice.size)
        .join(holder, holder.id == GuideVoice.institution_id)
        .join(home, holder.id == any_(at_or_above))
        .join(Team, Team.institution_id == home.id)
        .where(Team.id == team_id, GuideVoice.state == VoiceState.READY)
        .ext(distinct_on(GuideVoice.step))
        .order_by(GuideVoice.step, func.length(holder.path).desc())
    )
    return typed_rows(Played, (await session.execute(statement)).all())


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        GuideVoice.id,
        GuideVoice.created_at,
        GuideVoice.step,
        GuideVoice.state,
        GuideVoice.problem,
        GuideVoice.sound_key,
        GuideVoice.duration_ms,
        GuideVoice.size,
        GuideVoice.ready_at,
        GuideVoice.removed_at,
    )


async def voices_of(
    session: AsyncSession, institution_id: UUID, cursor: str | None, limit: int
) -> Slice[VoiceRow]:
    """List all that an institution ever had, the newest first."""
    statement = _rows().where(GuideVoice.institution_id == institution_id)
    key = Key(GuideVoice.created_at, GuideVoice.id)
    return await paginate_as(VoiceRow, session, statement, key, cursor, limit)
