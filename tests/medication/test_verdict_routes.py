"""Verdicts over HTTP: what they move, what they refuse, how they are taken back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.media.models import MediaObject
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    Verdict,
)
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.factories import refreshed
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")


async def test_accepting_moves_dose_queue_and_calendar(
    desk: Desk, phone: Phone, session: AsyncSession, film: Recording, dose: Dose, noon: datetime
) -> None:
    await desk.next()
    with clock.frozen(noon + timedelta(seconds=20)):
        answer = await desk.decide(film.id)

    assert answer.status_code == 201
    assert answer.json()["undo_until"] == "2026-09-10T04:00:30Z"
    review = (await session.scalars(select(Review))).one()
    assert (review.watched_ms, str(review.played_rate)) == (12_000, "1.50")
    assert review.opened_at == noon + timedelta(seconds=5)
    assert review.reviewer_id == desk.staff.id
    assert (await phone.card(dose))["state"] == "observed"
    assert await desk.next() is None


@pytest.mark.parametrize(
    ("opened_at", "watched_ms", "opened_after_s", "watched"),
    [
        ("2026-09-01T00:00:00Z", 3_600_000, 0, 20_000),  # long before it was handed out
        ("2026-09-10T04:00:08Z", 3_600_000, 8, 12_000),
        ("2026-09-10T04:00:08Z", 11_999, 8, 11_999),
        ("2026-09-11T04:00:00Z", 5_000, 20, 0),  # a clock that goes wrong
    ],
)
async def test_what_the_browser_says_is_held_within_the_lease(
    desk: Desk, session: AsyncSession, film: Recording, noon: datetime,
    opened_at: str, watched_ms: int, opened_after_s: int, watched: int,
) -> None:  # fmt: skip
    await desk.next()
    with clock.frozen(noon + timedelta(seconds=20)):
        await desk.decide(film.id, opened_at=opened_at, watched_ms=watched_ms)

    review = (await session.scalars(select(Review))).one()
    assert review.opened_at == noon + timedelta(seconds=opened_after_s)
    assert review.watched_ms == watched


async def test_a_film_held_again_after_an_undo_was_handed_out_before(
    desk: Desk, session: AsyncSession, film: Recording, noon: datetime
) -> None:
    await desk.next()
    with clock.frozen(noon + timedelta(seconds=20)):
        first = (await desk.decide(film.id)).json()
    with clock.frozen(noon + timedelta(seconds=25)):
        await desk.undo(first["review_id"])
    with clock.frozen(noon + timedelta(seconds=30)):
        await desk.decide(film.id, opened_at=noon.isoformat(), watched_ms=3_600_000)

    opened = await session.scalars(select(Review.opened_at).order_by(Review.created_at))
    assert opened.all() == [noon + timedelta(seconds=5)] * 2


@pytest.mark.usefixtures("film")
async def test_rejecting_says_why_and_lets_the_patient_film_again(
    desk: Desk, phone: Phone, dose: Dose
) -> None:
    await desk.take("rejected", reason="face_not_visible", comment="请露出脸")

    card = await phone.card(dose)
    assert (card["state"], card["can_film"]) == ("rejected", True)
    assert card["recording"]["reason"] == "face_not_visible"
    assert card["recording"]["comment"] == "请露出脸"
    assert "请露出脸" in (await desk.http.get(f"/staff/doses/{dose.id}")).text
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
    other = await make.another_film(session, patient)
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


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ((("10 mg", "1"), ("5 mg", "0.75")), 201),
        ((("5 mg", "0.75"), ("10 mg", "1")), 201),
        ((("10 mg", "0.75"), ("5 mg", "1")), 422),
        ((("10 mg", "1"), ("5 mg", "0.5")), 422),
        (((None, "1"), (None, "0.75")), 201),
        (((None, "1"), (None, "0.5")), 422),
        (((None, "1.75"),), 201),
    ],
)
async def test_two_strengths_of_one_drug_are_two_lines(
    seen: tuple[tuple[str | None, str], ...],
    status: int,
    desk: Desk,
    session: AsyncSession,
    film: Recording,
    dose: Dose,
) -> None:
    """Whose open page is older sends names alone, and all of one name in one line at best."""
    planned = {"10 mg": "1", "5 mg": "0.75"}
    dose.drugs = [{"name": "地高辛", "strength": s, "tablets": t} for s, t in planned.items()]
    await session.flush()
    await desk.next()
    tablets = [{"name": "地高辛", "strength": strength, "seen": n} for strength, n in seen]

    answer = await desk.decide(film.id, "observed", tablets=tablets)

    assert answer.status_code == status
    if status == 422:
        assert answer.json()["drugs"] == ["地高辛", "地高辛"]


@pytest.mark.parametrize(("count", "status"), [("0.25", 201), ("0.75", 201), ("0.3", 422)])
async def test_quarters_of_a_tablet_are_counted(
    count: str, status: int, desk: Desk, session: AsyncSession, film: Recording, dose: Dose
) -> None:
    dose.drugs = [{"name": "地高辛", "strength": None, "tablets": "1"}]
    await session.flush()
    await desk.next()

    answer = await desk.decide(film.id, "partial", tablets=[{"name": "地高辛", "seen": count}])

    assert answer.status_code == status


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

    assert (await refreshed(session, media)).delete_at == clock.now() + timedelta(days=90)


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


async def test_undo_in_time_puts_all_back(
    desk: Desk, phone: Phone, session: AsyncSession, film: Recording, dose: Dose
) -> None:
    review_id = (await desk.take()).json()["review_id"]

    with clock.frozen(clock.now() + timedelta(seconds=10)):
        assert (await desk.undo(review_id)).status_code == 204

    assert (await phone.card(dose))["state"] == "pending_review"
    assert (await phone.card(dose))["recordings"][0]["reviews"] == []
    media = await session.get_one(MediaObject, film.media_id)
    assert (await refreshed(session, media)).delete_at == media.created_at + timedelta(days=180)
    assert (await session.get_one(Review, review_id)).verdict is Verdict.OBSERVED  # still readable
    assert (await desk.decide(film.id, "rejected")).status_code == 201
    assert (await phone.card(dose))["state"] == "rejected"


@pytest.mark.usefixtures("film")
async def test_undo_too_late(desk: Desk) -> None:
    review_id = (await desk.take()).json()["review_id"]

    with clock.frozen(clock.now() + timedelta(seconds=13)):
        answer = await desk.undo(review_id)

    assert (answer.status_code, answer.json()["type"]) == (409, "undo-too-late")


async def test_undo_again_after_a_lost_answer_is_told_the_same(
    desk: Desk, session: AsyncSession, film: Recording
) -> None:
    review_id = (await desk.take()).json()["review_id"]
    await desk.undo(review_id)

    with clock.frozen(clock.now() + timedelta(minutes=1)):  # the browser asks until it is answered
        assert (await desk.undo(review_id)).status_code == 204

    assert len((await session.scalars(select(ReviewWithdrawal))).all()) == 1
    assert (await desk.decide(film.id, "rejected")).status_code == 201


async def test_undo_again_once_it_was_decided_anew_changes_nothing(
    desk: Desk, phone: Phone, film: Recording, dose: Dose
) -> None:
    review_id = (await desk.take()).json()["review_id"]
    await desk.undo(review_id)
    await desk.decide(film.id, "rejected")

    answer = await desk.undo(review_id)

    assert (answer.status_code, answer.json()["type"]) == (409, "already-corrected")
    assert (await phone.card(dose))["state"] == "rejected"


async def test_undo_again_once_a_colleague_took_the_film_is_told_so(
    desk: Desk, colleague: Desk, film: Recording
) -> None:
    review_id = (await desk.take()).json()["review_id"]
    await desk.undo(review_id)
    await desk.release(film.id)
    await colleague.next()

    assert (await desk.undo(review_id)).json()["type"] == "already-corrected"


@pytest.mark.usefixtures("film")
async def test_undo_after_the_patient_filmed_again(desk: Desk, phone: Phone, dose: Dose) -> None:
    review_id = (await desk.take("rejected")).json()["review_id"]
    await phone.announce(dose)

    answer = await desk.undo(review_id)

    assert (answer.status_code, answer.json()["type"]) == (409, "newer-film")
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


@pytest.mark.parametrize("comment", [None, "", "\u200b\u2060"])
async def test_other_without_a_word_is_refused(
    comment: str | None, desk: Desk, session: AsyncSession, film: Recording
) -> None:
    """The phone says: read what the doctor wrote."""
    await desk.next()

    refused = await desk.decide(film.id, "rejected", reason="other", comment=comment)
    told = await desk.decide(film.id, "rejected", reason="other", comment=" 请露出脸 ")

    assert (refused.status_code, refused.json()["type"]) == (422, "comment-required")
    assert told.status_code == 201
    assert (await session.scalars(select(Review.comment))).all() == ["请露出脸"]
