"""Two records of one person become one: their treatments, doses, films and reports move."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.alerts.models import Alert
from app.core import clock
from app.features import FEATURES
from app.institutions.models import Institution, StaffMember, Team
from app.media.models import MediaObject
from app.medication.models import (
    Dose,
    Outcome,
    Recording,
    SideEffectReport,
    Treatment,
)
from app.medication.problems import TwoRunningTreatments
from app.patients.models import Condition, Patient, PatientFlag
from app.patients.service import merging
from tests.accounts.factories import actor_of
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
YESTERDAY = date(2026, 9, 9)  # of the clock that is held at noon
TABLES = (Treatment, Dose, Recording, SideEffectReport, Alert, MediaObject)


@pytest.fixture
async def chief(session: AsyncSession, team: Team) -> StaffMember:
    return await make.make_staff(session, team=team, roles=[Role.SUPERVISOR])


async def whole(session: AsyncSession, patient: Patient, **columns: Any) -> Treatment:
    """Make a treatment with two misses, a film in the queue, a report and an alert."""
    treatment = await make.make_treatment(session, patient=patient, **columns)
    await make.make_doses(session, patient=patient, treatment=treatment, days=2)
    dose = await make.make_dose(session, patient=patient, treatment=treatment)
    await make.make_recording(session, dose=dose)
    report = SideEffectReport(
        patient_id=patient.id, dose_id=dose.id, symptoms=[], severe=False, note=None,
        reported_at=clock.now(),
    )  # fmt: skip
    session.add(report)
    await make.make_alert(session, treatment=treatment)
    return treatment


async def merge(session: AsyncSession, chief: StaffMember, old: Patient, kept: Patient) -> None:
    order = merging.Merge(old.id, kept.id, old.version, kept.version)
    await merging.merge_records(session, FEATURES, actor_of(chief.id, Role.SUPERVISOR), order)
    await session.flush()


async def owners(session: AsyncSession, table: Any) -> set[UUID]:
    return set(await session.scalars(select(table.patient_id)))


async def test_all_of_the_treatment_moves_and_a_neighbours_stays(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    other_team = await make.make_team(
        session, institution=await session.get_one(Institution, team.institution_id)
    )
    old = await make.make_patient(session, team=team, bound=False)
    kept = await make.make_patient(session, team=other_team, bound=False)
    neighbour = await make.make_patient(session, team=team, bound=False)
    for patient in (old, neighbour):
        await whole(session, patient)

    await merge(session, chief, old, kept)

    for table in TABLES:
        assert await owners(session, table) == {kept.id, neighbour.id}, table
    for table in (Recording, Alert):
        teams = select(table.patient_id, table.team_id)
        assert {tuple(row) for row in await session.execute(teams)} == {
            (kept.id, other_team.id), (neighbour.id, team.id),
        }  # fmt: skip
    flagged = select(PatientFlag.patient_id).where(PatientFlag.until.is_(None))
    assert list(await session.scalars(flagged)) == []  # a film waits: no row of misses


async def test_two_running_treatments_of_one_illness_are_refused(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    """Both would ask for the same drugs: nobody is invited to swallow twice."""
    old, kept = [await make.make_patient(session, team=team, bound=False) for _ in range(2)]
    await make.make_treatment(session, patient=old)
    await make.make_treatment(session, patient=kept)

    ids = {old.id, kept.id}

    with pytest.raises(TwoRunningTreatments):
        async with session.begin_nested():
            await merge(session, chief, old, kept)

    await session.refresh(old)
    assert old.merged_into_id is None
    assert await owners(session, Treatment) == ids


@pytest.mark.parametrize(
    "other",
    [
        {"condition": Condition.DIABETES, "drug_name": "二甲双胍"},
        {
            "outcome": Outcome.COMPLETED,
            "stopped_on": YESTERDAY,
        },
    ],
)
async def test_an_ended_treatment_or_one_of_another_illness_goes_along(
    session: AsyncSession, team: Team, chief: StaffMember, other: dict[str, Any]
) -> None:
    old, kept = [await make.make_patient(session, team=team, bound=False) for _ in range(2)]
    await make.make_treatment(session, patient=old, **other)
    await make.make_treatment(session, patient=kept)

    await merge(session, chief, old, kept)

    assert await owners(session, Treatment) == {kept.id}


async def test_a_key_that_both_phones_used_loses_no_film(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    old, kept = [await make.make_patient(session, team=team, bound=False) for _ in range(2)]
    ended: dict[str, Any] = {
        "outcome": Outcome.COMPLETED,
        "stopped_on": YESTERDAY,
    }
    for patient in (old, kept):
        treatment = await make.make_treatment(session, patient=patient, **ended)
        dose = await make.make_dose(session, patient=patient, treatment=treatment)
        await make.make_recording(session, dose=dose, client_key="the-same-key")

    await merge(session, chief, old, kept)

    keys = list(await session.scalars(select(Recording.client_key)))
    assert len(keys) == 2
    assert len(set(keys)) == 2
    assert "the-same-key" in keys
