"""Alerts: raised once per occasion, closed by a person who says what they did."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.core.ids import uuid7
from app.medication import rules
from app.medication.models import Alert, AlertKind, Dose, Evidence, Expectation, Treatment
from app.medication.rules import DoseState
from app.patients.models import Patient

# National TB rules (clinical.md section 5, ladder): two in a row, seven in all.
STREAK = 2
IN_ALL = 7


async def raise_alert(
    session: AsyncSession, patient: Patient, treatment_id: UUID, kind: AlertKind, occasion: str
) -> None:
    """Raise it unless this very occasion was raised before."""
    values = {
        "id": uuid7(),
        "patient_id": patient.id,
        "team_id": patient.team_id,
        "treatment_id": treatment_id,
        "kind": kind,
        "occasion": occasion,
    }
    await session.execute(insert(Alert).values(**values).on_conflict_do_nothing())


def acknowledge(actor: StaffActor, alert: Alert, action_taken: str) -> None:
    """Close it; a second click changes nothing."""
    if alert.acknowledged_at is None:
        alert.acknowledged_at = clock.now()
        alert.acknowledged_by = actor.account_id
        alert.action_taken = action_taken


def _is_missed(dose: Dose, at: datetime) -> bool:
    return rules.state_of(dose, at) is DoseState.MISSED


def streak_of(doses: Iterable[Dose], at: datetime) -> list[Dose]:
    """Take the newest misses in a row (doses come newest first; held ones do not break it)."""
    expected = (d for d in doses if d.expectation is Expectation.EXPECTED)
    return list(takewhile(lambda d: _is_missed(d, at), expected))


async def notice_misses(session: AsyncSession, since: timedelta) -> int:
    """Look at every treatment with a window that closed lately; the number looked at."""
    at = clock.now()
    lately = select(Dose.treatment_id).where(
        Dose.closes_at.between(at - since, at),
        Dose.expectation == Expectation.EXPECTED,
        Dose.evidence == Evidence.NONE,
    )
    return await notice_misses_of(session, lately)


async def notice_misses_of(
    session: AsyncSession, treatment_ids: Select[UUID] | Collection[UUID]
) -> int:
    at = clock.now()
    found = await session.execute(
        select(Treatment.id, Patient)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(Treatment.id.in_(treatment_ids))
    )
    due = found.all()
    for treatment_id, patient in due:
        await _notice(session, treatment_id, patient, at)
    return len(due)


async def _notice(
    session: AsyncSession, treatment_id: UUID, patient: Patient, at: datetime
) -> None:
    closed = await session.scalars(
        select(Dose)
        .where(Dose.treatment_id == treatment_id, Dose.closes_at <= at)
        .order_by(Dose.closes_at.desc(), Dose.due_at.desc())
    )
    doses = closed.all()
    streak = streak_of(doses, at)
    if len(streak) >= STREAK:
        # Named by the streak's first dose: a longer streak is not a new alert.
        occasion = f"two:{streak[-1].id}"
        await raise_alert(session, patient, treatment_id, AlertKind.TWO_MISSES, occasion)
    if sum(_is_missed(d, at) for d in doses) >= IN_ALL:
        occasion = f"seven:{treatment_id}"
        await raise_alert(session, patient, treatment_id, AlertKind.SEVEN_MISSES, occasion)
