"""A sample of films is read again: blind, and by another person."""

from collections.abc import Sequence

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import uuid7
from app.core.settings import Settings
from app.institutions.models import Institution
from app.institutions.supervised import first_day
from app.medication.models import (
    Dose,
    Reading,
    Recording,
    Verdict,
)
from app.medication.queries.supervision import figures_of
from app.medication.schemas.supervision import ReadingPair
from app.medication.service.reviews import is_sampled
from tests.medication.desk import Desk, sampling
from tests.medication.factories import refreshed, roll_up
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")


async def pairs_of(session: AsyncSession, desk: Desk) -> Sequence[ReadingPair]:
    """Count both verdicts of films read twice, as the supervisor's page does."""
    institution = await session.get_one(Institution, desk.staff.institution_id)
    await roll_up(session)
    return (await figures_of(session, institution, 7, first_day(7))).pairs


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
    assert (await refreshed(session, film)).pending_reading is None
    (pair,) = await pairs_of(session, desk)
    assert (pair.first, pair.second, pair.count) == (Verdict.OBSERVED, Verdict.REJECTED, 1)


async def test_the_first_reader_cannot_decide_it_twice(
    app: FastAPI, desk: Desk, film: Recording
) -> None:
    sampling(app, 100)
    await desk.take()

    assert (await desk.decide(film.id)).json()["type"] == "lease-lost"
    kept = await desk.http.post("/api/reviews/keep", json={"holding": [str(film.id)]})
    assert kept.json()["kept"] == []


async def test_undo_of_a_second_reading(
    app: FastAPI, desk: Desk, colleague: Desk, phone: Phone, session: AsyncSession,
    film: Recording, dose: Dose,
) -> None:  # fmt: skip
    sampling(app, 100)
    await desk.take()
    review_id = (await colleague.take("rejected")).json()["review_id"]

    assert (await colleague.undo(review_id)).status_code == 204

    assert (await refreshed(session, film)).pending_reading is Reading.SECOND
    assert (await phone.card(dose))["state"] == "observed"
    assert await pairs_of(session, desk) == []


async def test_a_first_verdict_is_not_undone_once_a_colleague_read_the_film_again(
    app: FastAPI, desk: Desk, colleague: Desk, phone: Phone, session: AsyncSession,
    film: Recording, dose: Dose,
) -> None:  # fmt: skip
    """Undone, it would leave a second verdict without a first: the film would be read thrice."""
    sampling(app, 100)
    first_id = (await desk.take("observed")).json()["review_id"]
    second_id = (await colleague.take("rejected")).json()["review_id"]

    answer = await desk.undo(first_id)

    assert (answer.status_code, answer.json()["type"]) == (409, "read-again")
    assert "同事已经读了第二遍" in answer.json()["title"]
    assert (await phone.card(dose))["state"] == "observed"
    assert (await refreshed(session, film)).pending_reading is None
    (pair,) = await pairs_of(session, desk)
    assert (pair.first, pair.second, pair.count) == (Verdict.OBSERVED, Verdict.REJECTED, 1)

    assert (await colleague.undo(second_id)).status_code == 204
    assert (await desk.undo(first_id)).status_code == 204
    assert (await phone.card(dose))["state"] == "pending_review"


def test_the_sample_is_about_its_share(settings: Settings) -> None:
    assert settings.second_reading_percent == 5
    ids = [uuid7() for _ in range(4000)]

    assert 0.03 < sum(is_sampled(i, 5) for i in ids) / 4000 < 0.07
    assert not any(is_sampled(i, 0) for i in ids)
    assert all(is_sampled(i, 100) for i in ids)
