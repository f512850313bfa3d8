"""The review queue over HTTP: leases, verdicts, undo, second readings."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditAction, AuditEvent, Role
from app.core import clock
from app.core.ids import uuid7
from app.core.settings import Settings
from app.institutions.models import Institution, Team
from app.media.models import MediaObject
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
    Review,
    SideEffectReport,
    Verdict,
)
from app.medication.queries.reviews import reading_pairs
from app.medication.service.reviews import is_sampled
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")


def sampling(app: FastAPI, percent: int) -> None:
    app.state.settings = app.state.settings.model_copy(update={"second_reading_percent": percent})


@pytest.fixture(autouse=True)
def no_sampling(app: FastAPI) -> None:
    """Only the tests of second readings want one."""
    sampling(app, 0)


@pytest.fixture
async def film(session: AsyncSession, dose: Dose) -> Recording:
    return await make.make_recording(session, dose=dose)


async def another_film(session: AsyncSession, patient: Patient, **columns: Any) -> Recording:
    dose = await make.make_dose(session, patient=patient)
    return await make.make_recording(session, dose=dose, **columns)


async def fresh(session: AsyncSession, row: Any) -> Any:
    await session.refresh(row)
    return row


# -- the next film ------------------------------------------------------------------------------


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
    assert (event.action, event.subject_id) == (AuditAction.VIEW_VIDEO, film.id)
    assert (event.actor_id, event.patient_id) == (desk.staff.id, film.patient_id)
    assert event.request_id is not None


async def test_flagged_films_first_then_the_oldest_due(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    at = clock.now()
    old = await another_film(session, patient, due_by=at - timedelta(hours=2))
    new = await another_film(session, patient, due_by=at + timedelta(hours=9))
    dark = await another_film(session, patient, due_by=at + timedelta(hours=20), flags=["dark"])

    given = [item["recording_id"] for item in [await desk.next() for _ in range(1)] if item]
    given += [i["recording_id"] for i in [await desk.next(dark.id)] if i]
    given += [i["recording_id"] for i in [await desk.next(dark.id, old.id)] if i]

    assert given == [str(dark.id), str(old.id), str(new.id)]


async def test_an_empty_queue_answers_nothing(desk: Desk) -> None:
    assert await desk.next() is None


async def test_counts_of_the_queue(desk: Desk, session: AsyncSession, patient: Patient) -> None:
    at = clock.now()
    await another_film(session, patient, due_by=at - timedelta(hours=2), flags=["dark"])
    await another_film(session, patient)
    await another_film(session, patient, state=RecordingState.PROCESSING)

    told = (await desk.http.get("/api/reviews/summary")).json()

    assert told == {"waiting": 2, "overdue": 1, "flagged": 1}


async def test_films_of_other_teams_are_not_given(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    await make.make_recording(session)
    institution = await session.get_one(Institution, team.institution_id)
    sister = await make.make_team(session, institution=institution)
    patient = await make.make_patient(session, team=sister)
    await another_film(session, patient)

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
    film = await another_film(session, await make.make_patient(session, team=below))
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


# -- the verdict --------------------------------------------------------------------------------


@pytest.mark.usefixtures("film")
async def test_accepting_moves_dose_queue_and_calendar(
    desk: Desk, phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    answer = await desk.take()

    assert answer.status_code == 201
    assert answer.json()["undo_until"] == "2026-09-10T04:00:10Z"
    review = (await session.scalars(select(Review))).one()
    assert (review.watched_ms, str(review.played_rate)) == (12_000, "1.50")
    assert review.reviewer_id == desk.staff.id
    assert (await phone.card(dose))["state"] == "observed"
    assert await desk.next() is None


@pytest.mark.usefixtures("film")
async def test_rejecting_lets_the_patient_film_again(desk: Desk, phone: Phone, dose: Dose) -> None:
    await desk.take("rejected", reason="face_not_visible", comment="请露出脸")

    card = await phone.card(dose)
    assert (card["state"], card["can_film"]) == ("rejected", True)
    assert card["recording"]["reason"] == "face_not_visible"
    assert (await phone.announce(dose)).status_code == 201
    assert (await phone.card(dose))["state"] == "uploading"


async def test_verdict_on_a_film_of_nobodys_lease(desk: Desk, film: Recording) -> None:
    answer = await desk.decide(film.id)

    assert (answer.status_code, answer.json()["type"]) == (409, "lease-lost")


async def test_verdict_after_the_lease_went_to_a_colleague(
    desk: Desk, colleague: Desk, film: Recording
) -> None:
    await desk.next()
    with clock.frozen(clock.now() + timedelta(seconds=301)):
        await colleague.next()

        answer = await desk.decide(film.id)

    assert (answer.status_code, answer.json()["type"]) == (409, "lease-lost")


async def test_a_lease_that_ran_out_and_nobody_took_still_serves(
    desk: Desk, film: Recording
) -> None:
    await desk.next()

    with clock.frozen(clock.now() + timedelta(seconds=301)):
        assert (await desk.decide(film.id)).status_code == 201


async def test_a_decided_film_is_not_decided_again(
    desk: Desk, colleague: Desk, film: Recording
) -> None:
    await desk.take()

    for who in (desk, colleague):
        answer = await who.decide(film.id)
        assert (answer.status_code, answer.json()["type"]) == (409, "already-reviewed")


async def test_the_same_verdict_sent_again_answers_the_same(
    desk: Desk, session: AsyncSession, film: Recording
) -> None:
    await desk.next()
    first = await desk.decide(film.id, key="verdict-again")
    again = await desk.decide(film.id, key="verdict-again")

    assert (again.status_code, again.json()) == (201, first.json())
    assert len((await session.scalars(select(Review))).all()) == 1


@pytest.mark.parametrize("other_film", [True, False])
async def test_the_same_key_for_another_verdict_is_refused(
    other_film: bool, desk: Desk, session: AsyncSession, patient: Patient, film: Recording
) -> None:
    other = await another_film(session, patient)
    await desk.next()
    await desk.next(film.id)
    await desk.decide(film.id, key="verdict-again")

    target, verdict = (other, "observed") if other_film else (film, "rejected")
    answer = await desk.decide(target.id, verdict, key="verdict-again")

    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency-mismatch")


async def test_a_film_out_of_reach_is_not_found(desk: Desk, session: AsyncSession) -> None:
    foreign = await make.make_recording(session)

    answer = await desk.decide(foreign.id)

    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


@pytest.mark.parametrize("verdict", ["rejected", "unverifiable"])
async def test_a_refusal_needs_a_reason(verdict: str, desk: Desk, film: Recording) -> None:
    await desk.next()

    answer = await desk.decide(film.id, verdict, reason=None)

    assert (answer.status_code, answer.json()["type"]) == (422, "reason-required")


async def test_too_few_tablets_are_not_observed(
    desk: Desk, phone: Phone, film: Recording, dose: Dose
) -> None:
    await desk.next()
    tablets = [{"name": dose.drugs[0]["name"], "seen": "2"}]

    refused = await desk.decide(film.id, "observed", tablets=tablets)
    taken = await desk.decide(film.id, "partial", tablets=tablets)

    assert (refused.status_code, refused.json()["type"]) == (422, "tablets-missing")
    assert refused.json()["drugs"] == [dose.drugs[0]["name"]]
    assert taken.status_code == 201
    assert (await phone.card(dose))["state"] == "partial"


async def test_retention_starts_with_the_verdict(
    desk: Desk, session: AsyncSession, film: Recording
) -> None:
    media = await session.get_one(MediaObject, film.media_id)
    assert media.delete_at is None

    await desk.take()

    assert (await fresh(session, media)).delete_at == clock.now() + timedelta(days=90)


async def test_a_verdict_on_an_older_film_leaves_the_dose(
    desk: Desk, phone: Phone, session: AsyncSession, film: Recording, dose: Dose
) -> None:
    """The second reading of a rejected film, when a new film is already on its way."""
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED)
    await phone.announce(dose)
    film.pending_reading = Reading.SECOND
    await session.flush()

    assert (await desk.take("observed")).status_code == 201

    assert (await phone.card(dose))["state"] == "uploading"


@pytest.mark.usefixtures("film")
async def test_what_staff_saw_survives_a_rejected_film(
    desk: Desk, phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    dose.evidence = Evidence.IN_PERSON
    await session.flush()

    await desk.take("rejected")

    assert (await phone.card(dose))["state"] == "in_person"


# -- undo ---------------------------------------------------------------------------------------


async def test_undo_in_time_puts_all_back(
    desk: Desk, phone: Phone, session: AsyncSession, film: Recording, dose: Dose
) -> None:
    review_id = (await desk.take()).json()["review_id"]

    with clock.frozen(clock.now() + timedelta(seconds=10)):
        assert (await desk.undo(review_id)).status_code == 204

    assert (await phone.card(dose))["state"] == "pending_review"
    assert (await phone.card(dose))["recordings"][0]["reviews"] == []
    media = await session.get_one(MediaObject, film.media_id)
    assert (await fresh(session, media)).delete_at is None
    assert (await session.get_one(Review, review_id)).verdict is Verdict.OBSERVED  # still readable
    assert (await desk.decide(film.id, "rejected")).status_code == 201
    assert (await phone.card(dose))["state"] == "rejected"


@pytest.mark.usefixtures("film")
async def test_undo_too_late(desk: Desk) -> None:
    review_id = (await desk.take()).json()["review_id"]

    with clock.frozen(clock.now() + timedelta(seconds=13)):
        answer = await desk.undo(review_id)

    assert (answer.status_code, answer.json()["type"]) == (409, "undo-too-late")


@pytest.mark.usefixtures("film")
async def test_undo_twice(desk: Desk) -> None:
    review_id = (await desk.take()).json()["review_id"]
    await desk.undo(review_id)

    assert (await desk.undo(review_id)).json()["type"] == "undo-too-late"


@pytest.mark.usefixtures("film")
async def test_undo_after_the_patient_filmed_again(desk: Desk, phone: Phone, dose: Dose) -> None:
    review_id = (await desk.take("rejected")).json()["review_id"]
    await phone.announce(dose)

    answer = await desk.undo(review_id)

    assert (answer.status_code, answer.json()["type"]) == (409, "undo-too-late")
    assert (await phone.card(dose))["state"] == "uploading"


@pytest.mark.usefixtures("film")
async def test_nobody_undoes_anothers_verdict(desk: Desk, colleague: Desk) -> None:
    review_id = (await desk.take()).json()["review_id"]

    assert (await colleague.undo(review_id)).status_code == 404


async def test_undo_returns_to_the_verdict_of_the_film_before(
    desk: Desk, session: AsyncSession, film: Recording, dose: Dose
) -> None:
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED)
    await make.make_recording(session, dose=dose)

    review_id = (await desk.take()).json()["review_id"]
    await desk.undo(review_id)

    await session.refresh(dose)
    assert (dose.verdict, dose.progress) == (Verdict.REJECTED, Progress.PENDING_REVIEW)


# -- second readings ------------------------------------------------------------------------------


async def test_a_sampled_film_is_read_again_by_another_person_and_blind(
    app: FastAPI, desk: Desk, colleague: Desk, phone: Phone, film: Recording, dose: Dose
) -> None:
    sampling(app, 100)
    await desk.take("observed", comment="看清楚了")

    assert await desk.next() is None
    item = await colleague.next()

    assert item is not None
    assert (item["recording_id"], item["reading"]) == (str(film.id), "second")
    assert not {"verdict", "comment", "reviews", "first_reviewer_id"} & set(item)
    assert "看清楚了" not in str(item)
    assert (await phone.card(dose))["state"] == "observed"


async def test_a_second_reading_moves_nothing_and_ends_the_waiting(
    app: FastAPI, desk: Desk, colleague: Desk, phone: Phone, session: AsyncSession,
    film: Recording, dose: Dose,
) -> None:  # fmt: skip
    sampling(app, 100)
    await desk.take("observed")

    assert (await colleague.take("rejected")).status_code == 201

    assert (await phone.card(dose))["state"] == "observed"
    assert (await fresh(session, film)).pending_reading is None
    actor = actor_of(desk.staff.id)
    pairs = await reading_pairs(session, actor, clock.now() - timedelta(days=1))
    assert pairs == [("observed", "rejected")]


async def test_the_first_reader_cannot_decide_it_twice(
    app: FastAPI, desk: Desk, film: Recording
) -> None:
    sampling(app, 100)
    await desk.take()

    assert (await desk.decide(film.id)).json()["type"] == "lease-lost"
    held = await desk.http.post("/api/reviews/hold", json={"holding": [str(film.id)]})
    assert held.json()["held"] == []


async def test_undo_of_a_second_reading(
    app: FastAPI, desk: Desk, colleague: Desk, phone: Phone, session: AsyncSession,
    film: Recording, dose: Dose,
) -> None:  # fmt: skip
    sampling(app, 100)
    await desk.take()
    review_id = (await colleague.take("rejected")).json()["review_id"]

    assert (await colleague.undo(review_id)).status_code == 204

    assert (await fresh(session, film)).pending_reading is Reading.SECOND
    assert (await phone.card(dose))["state"] == "observed"
    actor = actor_of(desk.staff.id)
    assert await reading_pairs(session, actor, clock.now() - timedelta(days=1)) == []


def test_the_sample_is_about_its_share(settings: Settings) -> None:
    assert settings.second_reading_percent == 5
    ids = [uuid7() for _ in range(4000)]

    assert 0.03 < sum(is_sampled(i, 5) for i in ids) / 4000 < 0.07
    assert not any(is_sampled(i, 0) for i in ids)
    assert all(is_sampled(i, 100) for i in ids)


# -- what it costs ------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting", [2, 12])
async def test_cost_does_not_grow_with_the_queue(
    waiting: int, desk: Desk, session: AsyncSession, patient: Patient, connection: AsyncConnection
) -> None:
    for _ in range(waiting):
        await another_film(session, patient, flags=[RecordingFlag.DARK])
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
