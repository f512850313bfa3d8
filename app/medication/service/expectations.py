"""What the plan says of a dose, when it came to say so, and what is left once its film falls away.

Evidence wins over the plan (`rules.counts`). So a dose that was moved and then taken stands again,
and the one that was to replace it is cancelled: nobody is asked to take it twice. It stays so when
the film turns out to be of no use, is never sent or is withdrawn: whoever filmed had the drug in
the hand, and a second dose is for a doctor to order. The old one is then open or missed, as any
dose whose film came to nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import for_update
from app.core.statements import columns_of
from app.medication import flags, rules
from app.medication.models import (
    Dose,
    DoseHold,
    Evidence,
    Expectation,
    Progress,
    Recording,
    Treatment,
)
from app.medication.models.reviews import Verdict


def expects(wanted: Expectation) -> dict[str, Any]:
    """Values of an update of doses: what is expected, and since when, where that is a change.

    The table's trigger notes the time, too, by the database's clock, of whoever forgets it.
    """
    since = None if wanted is Expectation.EXPECTED else clock.now()
    known = case((Dose.expectation == wanted, Dose.expectation_at), else_=since)
    return {"expectation": wanted, "expectation_at": known}


def by_plan() -> ColumnElement[Expectation]:
    """Say what is expected of a laid dose by the holds and the last day of its treatment."""
    ended = exists().where(Treatment.id == Dose.treatment_id, Treatment.stopped_on < Dose.due_on)
    held = exists().where(
        DoseHold.treatment_id == Dose.treatment_id,
        DoseHold.from_on <= Dose.due_on,
        or_(DoseHold.to_on.is_(None), DoseHold.to_on >= Dose.due_on),
    )
    return case(
        (ended, _word(Expectation.CANCELLED)),
        (held, _word(Expectation.HELD)),
        else_=_word(Expectation.EXPECTED),
    )


def _word(expectation: Expectation) -> ColumnElement[Expectation]:
    return literal(expectation, Dose.expectation.type)


def known_otherwise() -> ColumnElement[Evidence]:
    """Say what is known of a dose without its film."""

    def known(evidence: Evidence) -> ColumnElement[Evidence]:
        return literal(evidence, Dose.evidence.type)

    return case(
        (Dose.evidence.in_(rules.SEEN_BY_STAFF), Dose.evidence),
        (Dose.verdict.is_not(None), known(Evidence.VIDEO)),
        (Dose.self_reported_taken.is_(True), known(Evidence.SELF_REPORT)),
        else_=known(Evidence.NONE),
    )


async def free_doses(
    session: AsyncSession, recording_ids: Sequence[UUID], *which: ColumnElement[bool]
) -> Sequence[UUID]:
    """Let go of (locked) doses whose newest film is one of these and falls away.

    A film on its way kept the dose out of holds and of the end of the treatment; now it is what the
    plan and all else that is known say. Returns the treatments in which a miss may come to light.
    """
    of_films = select(Recording.dose_id).where(Recording.id.in_(recording_ids))
    silent = and_(Dose.expectation == Expectation.EXPECTED, known_otherwise() == Evidence.NONE)
    freed = await session.scalars(
        update(Dose)
        .where(Dose.id.in_(of_films), Dose.recording_id.in_(recording_ids), *which)
        .values(
            progress=Progress.NONE,
            evidence=known_otherwise(),
            expectation=case((silent, by_plan()), else_=Dose.expectation),
        )
        .returning(Dose.treatment_id)
        .execution_options(synchronize_session=False)
    )
    return freed.all()


class _Heir(NamedTuple):
    """The dose in the place of one that was moved; it has all that rules.DoseFacts asks for."""

    id: UUID
    patient_id: UUID
    expectation: Expectation
    evidence: Evidence
    verdict: Verdict | None
    progress: Progress
    self_reported_taken: bool | None
    severe_at: Any
    opens_at: Any
    closes_at: Any
    moved_to_id: UUID | None


async def stand_again(session: AsyncSession, dose_id: UUID, moved_to_id: UUID | None) -> None:
    """Swap a (locked) dose that was moved, and was taken, with what it was moved to.

    Nothing where something came of that one, or it does not stand any more. It is found at the end
    of the moves, and locked after the dose itself: see `locks`. When the dose was moved stays
    known, for the doctor to see whether it was taken before.
    """
    heir = await _heir(session, moved_to_id)
    if heir is None or not _stands(heir):
        return
    of_dose = select(Dose.expectation_at).where(Dose.id == dose_id)
    moved_at = (await session.scalars(of_dose)).one()
    await _set(session, dose_id, expectation=by_plan(), moved_to_id=None)
    # By itself: to the table's trigger a dose that stands has nothing to remember.
    await _set(session, dose_id, expectation_at=moved_at)
    await _set(session, heir.id, **expects(Expectation.CANCELLED), moved_to_id=dose_id)
    await flags.refresh_standing(session, heir.patient_id)


async def _set(session: AsyncSession, dose_id: UUID, **facts: Any) -> None:
    await session.execute(
        update(Dose)
        .where(Dose.id == dose_id)
        .values(**facts)
        .execution_options(synchronize_session=False)
    )


async def _heir(session: AsyncSession, dose_id: UUID | None) -> _Heir | None:
    heir = None
    while dose_id is not None:
        row = await session.execute(
            for_update(select(*columns_of(Dose, _Heir._fields)).where(Dose.id == dose_id))
        )
        heir = _Heir(*row.one())
        moved = heir.expectation is Expectation.RESCHEDULED
        dose_id = heir.moved_to_id if moved else None
    return heir


def _stands(heir: _Heir) -> bool:
    planned = heir.expectation in {Expectation.EXPECTED, Expectation.HELD}
    return planned and not rules.told(heir, clock.now())
