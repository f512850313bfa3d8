"""What the plan says of a dose, when it came to say so, and what is left once its film falls away.

Evidence wins over the plan (`rules.counts`). So a dose that was moved and then taken stands again,
and the one that was to replace it is cancelled: nobody is asked to take it twice. It stays so when
the film turns out to be of no use, is never sent or is withdrawn: whoever filmed had the drug in
the hand, and a second dose is for a doctor to order. The old one is then open or missed, as any
dose whose film came to nothing.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import for_update
from app.core.statements import columns_of
from app.medication import flags, rates, rules
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
from app.medication.queries.treatments import covers
from app.medication.service import films_behind
from app.medication.service.closed_records import after_closing


def expects(wanted: Expectation) -> dict[str, Any]:
    """Values of an update of doses: what is expected, and since when, where that is a change.

    The table's trigger notes the time, too, by the database's clock, of whoever forgets it.
    """
    since = None if wanted is Expectation.EXPECTED else clock.now()
    known = case((Dose.expectation == wanted, Dose.expectation_at), else_=since)
    return {"expectation": wanted, "expectation_at": known}


def by_plan() -> ColumnElement[Expectation]:
    """Say what is expected of a laid dose by the holds, the end, and the closing of its record."""
    held = exists().where(DoseHold.treatment_id == Dose.treatment_id, covers(Dose.due_on))
    return case(
        (or_(_ended(), after_closing()), _word(Expectation.CANCELLED)),
        (held, _word(Expectation.HELD)),
        else_=_word(Expectation.EXPECTED),
    )


def stands_by_plan() -> dict[str, Any]:
    """Values of an update of doses that were let go and stand again: as if laid out now."""
    return {
        "expectation": by_plan(),
        "cancelled_by_stop": _ended(),
        "severe_at": _stopped_at(),
    }


def _ended() -> ColumnElement[bool]:
    """Say of a dose that its day lies after the last one of its treatment."""
    return exists().where(Treatment.id == Dose.treatment_id, Treatment.stopped_on < Dose.due_on)


def _word(expectation: Expectation) -> ColumnElement[Expectation]:
    return literal(expectation, Dose.expectation.type)


def known_without_film() -> ColumnElement[Evidence]:
    """Say what is known of a dose without its film."""

    def known(evidence: Evidence) -> ColumnElement[Evidence]:
        return literal(evidence, Dose.evidence.type)

    return case(
        (Dose.evidence.in_(rules.SEEN_BY_STAFF), Dose.evidence),
        (Dose.verdict.is_not(None), known(Evidence.VIDEO)),
        (Dose.self_reported_taken.is_(True), known(Evidence.SELF_REPORT)),
        else_=known(Evidence.NONE),
    )


def _stopped_at() -> ScalarSelect[datetime]:
    """Tell since when a severe symptom stops the day of a dose, until a clinician decides."""
    undecided = select(func.min(DoseHold.created_at)).where(
        DoseHold.treatment_id == Dose.treatment_id,
        DoseHold.held_by.is_(None),
        covers(Dose.due_on),
    )
    return undecided.scalar_subquery()


async def free_doses(
    session: AsyncSession, recording_ids: Sequence[UUID], *which: ColumnElement[bool]
) -> Sequence[UUID]:
    """Let go of (locked) doses whose newest film is one of these and falls away.

    A film on its way kept the dose out of holds and of the end of the treatment; now it is what the
    plan and all else that is known say; another film of it that is here or on its way takes its
    place. Returns the treatments in which a miss may come to light.
    """
    of_films = select(Recording.dose_id).where(Recording.id.in_(recording_ids))
    silent = and_(Dose.expectation == Expectation.EXPECTED, known_without_film() == Evidence.NONE)
    freed = await session.execute(
        update(Dose)
        .where(Dose.id.in_(of_films), Dose.recording_id.in_(recording_ids), *which)
        .values(
            progress=Progress.NONE,
            evidence=known_without_film(),
            expectation=case((silent, by_plan()), else_=Dose.expectation),
            cancelled_by_stop=case((silent, _ended()), else_=Dose.cancelled_by_stop),
            severe_at=case(
                (known_without_film() == Evidence.NONE, _stopped_at()), else_=Dose.severe_at
            ),
        )
        .returning(Dose.id, Dose.treatment_id)
        .execution_options(synchronize_session=False)
    )
    treatments = {row.id: row.treatment_id for row in freed}
    taken_up = await films_behind.next_in_front(session, treatments.keys())
    await films_behind.wait_for_another(session, treatments.keys() - set(taken_up))
    return list(dict.fromkeys(treatments.values()))


def _days(treatment_id: UUID, first: date, last: date | None) -> list[ColumnElement[bool]]:
    days = [Dose.treatment_id == treatment_id, Dose.due_on >= first]
    return days if last is None else [*days, Dose.due_on <= last]


async def hold_days(
    session: AsyncSession,
    treatment_id: UUID,
    first: date,
    last: date | None,
    *,
    stopped_at: datetime | None = None,
) -> None:
    """Expect no dose of these days, whatever is known of it: what was taken counts all the same.

    `stopped_at`: since when a severe symptom stops those that were not taken.
    """
    await session.execute(
        update(Dose)
        .where(
            *_days(treatment_id, first, last),
            Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD]),
        )
        .values(
            **expects(Expectation.HELD),
            severe_at=case(
                (rates.taken(), Dose.severe_at),
                else_=func.coalesce(Dose.severe_at, literal(stopped_at, Dose.severe_at.type)),
            ),
        )
        .execution_options(synchronize_session=False)
    )


async def free_days(
    session: AsyncSession, treatment_id: UUID, first: date, last: date | None = None
) -> None:
    """Expect the held doses of these days again, but for days that another hold covers."""
    await session.flush()  # the holds are read as they are by now
    covered = exists().where(DoseHold.treatment_id == treatment_id, covers(Dose.due_on))
    await session.execute(
        update(Dose)
        .where(*_days(treatment_id, first, last), Dose.expectation == Expectation.HELD, ~covered)
        .values(**expects(Expectation.EXPECTED))
        .execution_options(synchronize_session=False)
    )


async def lift_stops(session: AsyncSession, treatment_ids: Collection[UUID]) -> None:
    """Say of no dose of theirs any more that a severe symptom stops it."""
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id.in_(treatment_ids), Dose.severe_at.is_not(None))
        .values(severe_at=null())
        .execution_options(synchronize_session=False)
    )


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
    cancelled_by_stop: bool


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
    stands = {"expectation": by_plan(), "cancelled_by_stop": _ended()}
    await _set(session, dose_id, **stands, moved_to_id=None)
    # By itself: to the table's trigger a dose that stands has nothing to remember.
    await _set(session, dose_id, expectation_at=moved_at)
    gone = expects(Expectation.CANCELLED) | {"cancelled_by_stop": False}
    await _set(session, heir.id, **gone, moved_to_id=dose_id)
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
    """Say that it is asked for, or would be once the end of the treatment is taken back."""
    planned = heir.expectation in {Expectation.EXPECTED, Expectation.HELD}
    return (planned or heir.cancelled_by_stop) and not rules.told(heir, clock.now())
