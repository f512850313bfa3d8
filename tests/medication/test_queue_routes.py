"""The review queue over HTTP: who gets which film, and for how long."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.institutions.models import Institution, Team, TeamMember
from app.medication.audit import VIEW_VIDEO
from app.medication.models import (
    Dose,
    Recording,
    RecordingFlag,
    RecordingState,
    SideEffectReport,
)
from app.patients.models import Patient
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.medication.factories import refreshed

pytestmark = pytest.mark.usefixtures("noon")


@pytest.mark.usefixtures("film")
async def test_next_film_comes_with_all_that_is_needed(
    desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    answer = SideEffectReport(
        patient_id=dose.patient_id, dose_id=dose.id, symptoms=["nausea"], severe=False,
        note=None, reported_at=clock.now(),
    )  # fmt: skip
    session.add(answer)
    await session.flush()

    item = await desk.next()

    assert item is not None
    assert item["reading"] == "first"
    assert item["patient"]["name"] == "李桂英"
    assert item["patient"]["age"] == 68
    assert item["dose"]["drugs"][0]["tablets"] == "3"
    assert item["day_code"] == item["expected_code"]
    assert item["symptoms"] == ["恶心、想吐"]
    assert item["leased_until"] == (clock.now() + timedelta(minutes=5)).isoformat().replace(
        "+00:00", "Z"
    )
    assert all(item[link].startswith("http://") for link in ("film_url", "poster_url", "sheet_url"))


async def test_handing_out_a_film_is_a_view_of_it(
    desk: Desk, session: AsyncSession, film: Recording
) -> None:
    await desk.next()

    event = (await session.scalars(select(AuditEvent))).one()
    assert (event.action, event.subject_id) == (VIEW_VIDEO.code, film.id)
    assert (event.actor_id, event.patient_id) == (desk.staff.id, film.patient_id)
    assert event.request_id is not None


async def test_overdue_films_first_then_flagged_ones_then_the_oldest_due(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    at = clock.now()
    old = await make.another_film(session, patient, due_by=at - timedelta(hours=2))
    new = await make.another_film(session, patient, due_by=at + timedelta(hours=9))
    dark = await make.another_film(
        session, patient, due_by=at + timedelta(hours=20), flags=["dark"]
    )

    items = [await desk.next(), await desk.next(old.id), await desk.next(old.id, dark.id)]

    given = [item["recording_id"] for item in items if item]
    assert given == [str(old.id), str(dark.id), str(new.id)]


async def test_an_empty_queue_answers_nothing(desk: Desk) -> None:
    assert await desk.next() is None


async def test_counts_of_the_queue(desk: Desk, session: AsyncSession, patient: Patient) -> None:
    at = clock.now()
    await make.another_film(session, patient, due_by=at - timedelta(hours=2), flags=["dark"])
    await make.another_film(session, patient)
    await make.another_film(session, patient, state=RecordingState.PROCESSING)

    told = (await desk.http.get("/api/reviews/summary")).json()

    assert told == {"waiting": 2, "overdue": 1, "flagged": 1}


async def test_films_of_other_teams_are_not_given(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    await make.make_recording(session)
    institution = await session.get_one(Institution, team.institution_id)
    sister = await make.make_team(session, institution=institution)
    patient = await make.make_patient(session, team=sister)
    await make.another_film(session, patient)

    assert await desk.next() is None


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    home = await session.get_one(Institution, team.institution_id)
    staff = await make.make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    made = await desk_of(app, session, staff)
    yield made
    await made.http.aclose()


async def test_a_supervisor_reads_the_whole_subtree(
    supervisor: Desk, session: AsyncSession, team: Team
) -> None:
    home = await session.get_one(Institution, team.institution_id)
    village = await make.make_institution(session, parent=home)
    below = await make.make_team(session, institution=village)
    film = await make.another_film(session, await make.make_patient(session, team=below))
    await make.make_recording(session)  # elsewhere

    item = await supervisor.next()

    assert item is not None
    assert item["recording_id"] == str(film.id)
    assert await supervisor.next(film.id) is None


@pytest.mark.usefixtures("film")
async def test_a_leased_film_is_not_given_to_a_colleague(desk: Desk, colleague: Desk) -> None:
    assert await desk.next()

    assert await colleague.next() is None


async def test_an_expired_lease_gives_the_film_back(
    desk: Desk, colleague: Desk, film: Recording
) -> None:
    await desk.next()

    with clock.frozen(clock.now() + timedelta(seconds=301)):
        item = await colleague.next()

    assert item is not None
    assert item["recording_id"] == str(film.id)


async def test_holding_on_keeps_the_lease(desk: Desk, colleague: Desk, film: Recording) -> None:
    await desk.next()
    with clock.frozen(clock.now() + timedelta(seconds=200)):
        await desk.next(film.id)
    with clock.frozen(clock.now() + timedelta(seconds=400)):
        assert await colleague.next() is None


async def test_holding_never_leases_what_was_not_handed_out(
    desk: Desk, session: AsyncSession, film: Recording
) -> None:
    """Neither by keeping nor beside another film; and without a lease there is no verdict."""
    asked = {"holding": [str(film.id)]}

    kept = (await desk.http.post("/api/reviews/keep", json=asked)).json()["kept"]
    await desk.http.post("/api/reviews/next", json=asked)
    answer = await desk.decide(film.id)

    assert kept == []
    assert (await refreshed(session, film)).leased_by is None
    assert (answer.status_code, answer.json()["type"]) == (409, "lease-lost")
    assert (await session.scalars(select(AuditEvent))).all() == []


@pytest.mark.parametrize("by", ["keep", "next"])
async def test_a_doctor_who_was_moved_away_keeps_no_film(
    by: str, desk: Desk, colleague: Desk, session: AsyncSession, film: Recording
) -> None:
    await desk.next()
    await session.execute(delete(TeamMember).where(TeamMember.staff_id == desk.staff.id))
    await session.flush()

    with clock.frozen(clock.now() + timedelta(seconds=200)):
        await desk.http.post(f"/api/reviews/{by}", json={"holding": [str(film.id)]})
    with clock.frozen(clock.now() + timedelta(seconds=301)):
        item = await colleague.next()

    assert item is not None
    assert item["recording_id"] == str(film.id)


async def test_released_films_go_to_a_colleague(
    desk: Desk, colleague: Desk, film: Recording
) -> None:
    await desk.next()

    assert (await desk.release(film.id)).status_code == 204

    assert await colleague.next() is not None


async def test_nobody_releases_anothers_lease(desk: Desk, colleague: Desk, film: Recording) -> None:
    await desk.next()

    await colleague.release(film.id)

    assert await colleague.next() is None


async def test_skipped_films_are_not_given_again(desk: Desk, film: Recording) -> None:
    body = {"holding": [], "skipping": [str(film.id)]}

    answer = await desk.http.post("/api/reviews/next", json=body)

    assert answer.json()["item"] is None
    assert answer.json()["waiting"] == 1


@pytest.mark.parametrize("waiting", [2, 12])
async def test_cost_does_not_grow_with_the_queue(
    waiting: int, desk: Desk, session: AsyncSession, patient: Patient, connection: AsyncConnection
) -> None:
    for _ in range(waiting):
        await make.another_film(session, patient, flags=[RecordingFlag.DARK])
    first = await desk.next()
    assert first is not None

    with counted(connection) as next_film:
        second = await desk.next(first["recording_id"])
    with counted(connection) as verdict:
        answer = await desk.decide(first["recording_id"])

    assert second is not None
    assert answer.status_code == 201
    assert len(next_film) <= 6, next_film
    assert len(verdict) <= 6, verdict


async def test_a_film_whose_object_is_gone_is_handed_to_nobody(
    desk: Desk, session: AsyncSession, film: Recording, patient: Patient
) -> None:
    film.film_deleted_at = clock.now()
    there = await make.another_film(session, patient)
    await session.flush()

    item = await desk.next()

    assert item is not None
    assert item["recording_id"] == str(there.id)
    assert (await desk.decide(film.id)).status_code == 409  # nobody holds it
