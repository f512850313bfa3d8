"""The review page, and what its script asks besides verdicts: skipping, holding on, letting go."""

import json
import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core import clock
from app.core.ids import uuid7
from app.medication.models import Recording, ReviewReason, Verdict
from app.patients.models import Patient
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.desk import Desk

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture(autouse=True)
def no_sampling(app: FastAPI) -> None:
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"second_reading_percent": 0})


@pytest.fixture
async def films(session: AsyncSession, patient: Patient) -> list[Recording]:
    treatment = await make.make_treatment(session, patient=patient)
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=3)
    return [
        await make.make_recording(session, dose=dose, due_by=clock.now() + timedelta(hours=n))
        for n, dose in enumerate(doses)
    ]


async def test_the_page_names_every_key_and_every_reason(
    desk: Desk, films: list[Recording]
) -> None:
    page = await desk.http.get("/staff/reviews")

    assert f'data-count="waiting">{len(films)}<' in page.text
    for verdict in Verdict:
        assert f'data-verdict="{verdict}"' in page.text
    found = re.search(r'id="review-words">(.*?)</script>', page.text, re.DOTALL)
    assert found is not None
    told = json.loads(found.group(1))
    assert [reason for reason, _ in told["words"]["reasons"]] == list(ReviewReason)
    assert told["settings"]["undo_s"] == 10


async def test_a_skipped_film_does_not_come_again_until_asked_for(
    desk: Desk, films: list[Recording]
) -> None:
    first, second, third = (str(film.id) for film in films)

    async def ask(holding: list[str], skipping: list[str]) -> str | None:
        body = {"holding": holding, "skipping": skipping}
        item = (await desk.http.post("/api/reviews/next", json=body)).json()["item"]
        return item and str(item["recording_id"])

    assert await ask([], []) == first
    assert await ask([], [first]) == second
    assert await ask([second], [first]) == third
    assert await ask([second, third], [first]) is None
    assert await ask([], []) == first


async def test_holding_prolongs_a_lease_and_takes_back_one_that_ran_out(
    desk: Desk, session: AsyncSession, films: list[Recording]
) -> None:
    film = films[0]
    await desk.next()
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        answer = await desk.http.post("/api/reviews/keep", json={"holding": [str(film.id)]})
        await session.refresh(film)

        assert answer.json() == {"kept": [str(film.id)], "waiting": 3, "overdue": 1, "flagged": 0}
        assert film.leased_until is not None
        assert film.leased_until > clock.now()


async def test_holding_tells_what_was_lost(
    desk: Desk, colleague: Desk, films: list[Recording]
) -> None:
    taken, free = films[0].id, films[1].id
    await colleague.next()
    await colleague.decide(taken)
    await colleague.next()
    asked = [str(taken), str(free), str(uuid7())]

    answer = await desk.http.post("/api/reviews/keep", json={"holding": asked})

    assert answer.json()["kept"] == []  # decided, leased to a colleague, never there


async def test_next_sends_few_statements(
    desk: Desk, films: list[Recording], connection: AsyncConnection
) -> None:
    body = {"holding": [str(films[0].id)], "skipping": [str(films[1].id)]}

    with counted(connection) as statements:
        answer = await desk.http.post("/api/reviews/next", json=body)

    assert answer.json()["item"]["recording_id"] == str(films[2].id)
    assert len(statements) <= 6
