"""Alerts: raised once per occasion, closed by a person who says what they did."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Result, Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.core.ids import uuid7
from app.medication import flags, rules
from app.medication.models import Alert, AlertKind, Dose, Evidence, Expectation, Treatment
from app.medication.rules import DoseFacts, DoseState
from app.patients.models import Patient

# 国家基本公共卫生服务规范（第三版，2017），肺结核患者健康管理: missed doses that add up to a week
# are reported. Two in a row is our own rule, for the team to call before it comes to that.
STREAK = 2
IN_ALL = 7
ENDED = "治疗已结束。"
BATCH = 200
# What rules.DoseFacts asks for; a course has hundreds of doses, so no more than that.
FACTS = (
    Dose.expectation,
    Dose.evidence,
    Dose.verdict,
    Dose.progress,
    Dose.self_reported_taken,
    Dose.severe_at,
    Dose.opens_at,
    Dose.closes_at,
)
D = TypeVar("D", bound=DoseFacts)


async def raise_alert(
    session: AsyncSession, patient: Patient, treatment_id: UUID, kind: AlertKind, occasion: str
) -> None:
    await _raise(session, [_alert(patient, treatment_id, kind, occasion)])


def _alert(patient: Patient, treatment_id: UUID, kind: AlertKind, occasion: str) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "patient_id": patient.id,
        "team_id": patient.team_id,
        "treatment_id": treatment_id,
        "kind": kind,
        "occasion": occasion,
    }


async def _raise(session: AsyncSession, alerts: Sequence[dict[str, Any]]) -> None:
    """Raise each unless its very occasion was raised before."""
    if alerts:
        await session.execute(insert(Alert).values(alerts).on_conflict_do_nothing())


def acknowledge(actor: StaffActor, alert: Alert, action_taken: str) -> None:
    """Close it; a second click changes nothing."""
    if alert.acknowledged_at is None:
        alert.acknowledged_at = clock.now()
        alert.acknowledged_by = actor.account_id
        alert.action_taken = action_taken


async def close_misses(session: AsyncSession, actor: StaffActor, treatment_id: UUID) -> None:
    """Close what was open about misses of a treatment that has ended."""
    await session.execute(
        update(Alert)
        .where(
            Alert.treatment_id == treatment_id,
            Alert.kind.in_([AlertKind.TWO_MISSES, AlertKind.SEVEN_MISSES]),
            Alert.acknowledged_at.is_(None),
        )
        .values(
            acknowledged_at=clock.now(),
            acknowledged_by=actor.account_id,
            action_taken=ENDED,
        )
    )


def _is_missed(dose: DoseFacts, at: datetime) -> bool:
    return rules.state_of(dose, at) is DoseState.MISSED


def streak_of(doses: Iterable[D], at: datetime) -> list[D]:
    """Take the newest misses in a row (doses come newest first; held ones do not break it)."""
    expected = (d for d in doses if d.expectation is Expectation.EXPECTED)
    return list(takewhile(lambda d: _is_missed(d, at), expected))


async def missed_lately(session: AsyncSession, since: timedelta) -> Sequence[UUID]:
    """List treatments with a window that closed on nothing."""
    at = clock.now()
    found = await session.scalars(
        select(Dose.treatment_id)
        .where(
            Dose.closes_at.between(at - since, at),
            Dose.expectation == Expectation.EXPECTED,
            Dose.evidence == Evidence.NONE,
        )
        .distinct()
    )
    return found.all()


async def notice_misses(session: AsyncSession, since: timedelta) -> None:
    for treatment_ids in batches(await missed_lately(session, since)):
        await notice_misses_of(session, treatment_ids)


def batches(treatment_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(treatment_ids), BATCH):
        yield treatment_ids[start : start + BATCH]


async def notice_misses_of(session: AsyncSession, treatment_ids: Sequence[UUID]) -> None:
    """Take a fixed number of statements, however many treatments."""
    at = clock.now()
    patients = await session.execute(
        select(Treatment.id, Patient)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(Treatment.id.in_(treatment_ids), Treatment.stopped_on.is_(None))
    )
    of_treatment = dict(patients.all())
    closed: Result[Any] = await session.execute(
        select(Dose.treatment_id, Dose.id, *FACTS)
        .where(Dose.treatment_id.in_(of_treatment), Dose.closes_at <= at)
        .order_by(Dose.treatment_id, Dose.closes_at.desc(), Dose.due_at.desc())
    )
    alerts: list[dict[str, Any]] = []
    for treatment_id, doses in groupby(closed, lambda dose: dose.treatment_id):
        alerts += _due(of_treatment[treatment_id], treatment_id, list(doses), at)
    await _raise(session, alerts)
    await flags.refresh(session, {patient.id for patient in of_treatment.values()})


def _due(
    patient: Patient, treatment_id: UUID, doses: Sequence[Row[Any]], at: datetime
) -> Iterator[dict[str, Any]]:
    streak = streak_of(doses, at)
    if len(streak) >= STREAK:
        # Named by the streak's first dose: a longer streak is not a new alert.
        occasion = f"two:{streak[-1].id}"
        yield _alert(patient, treatment_id, AlertKind.TWO_MISSES, occasion)
    if sum(_is_missed(d, at) for d in doses) >= IN_ALL:
        yield _alert(patient, treatment_id, AlertKind.SEVEN_MISSES, f"seven:{treatment_id}")
