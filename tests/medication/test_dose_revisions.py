"""What an answer says of a dose's revision is what its card has: the phone goes by it."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Dose, Treatment
from tests.medication.phone import Phone, post_film
from tests.medication.stopped import dose_on

pytestmark = pytest.mark.usefixtures("noon")
FILM_BYTES = b"no film, but the storage does not look inside"


async def _sent(phone: Phone, dose: Dose, key: str) -> dict[str, object]:
    film = (await phone.announce(dose, key=key)).json()
    assert (await post_film(film["upload"], FILM_BYTES)).status_code == 201
    told: dict[str, object] = (await phone.confirm(film["recording_id"])).json()
    return told


async def test_a_confirmed_film_tells_the_revision_that_its_card_has(
    phone: Phone, dose: Dose
) -> None:
    before = (await phone.card(dose))["revision"]

    told = await _sent(phone, dose, "first-phone")

    assert told["dose_revision"] == (await phone.card(dose))["revision"] > before


async def test_it_is_told_again_whatever_answer_was_lost(phone: Phone, dose: Dose) -> None:
    told = await _sent(phone, dose, "first-phone")

    again = (await phone.confirm(str(told["recording_id"]))).json()
    announced = (await phone.announce(dose, key="first-phone")).json()

    assert again == told
    assert announced["upload"] is None
    assert announced["dose_revision"] == told["dose_revision"]


async def test_a_film_that_is_not_needed_hears_the_revision_too(phone: Phone, dose: Dose) -> None:
    told = await _sent(phone, dose, "first-phone")

    refused = (await phone.announce(dose, key="second-phone")).json()

    assert refused["type"] == "film-already-sent"
    assert refused["dose_revision"] == told["dose_revision"]


async def test_a_film_behind_another_leaves_the_revision_as_it_is(phone: Phone, dose: Dose) -> None:
    films = [
        (await phone.announce(dose, key=key)).json() for key in ("first-phone", "second-phone")
    ]
    revisions = []
    for film in films:
        await post_film(film["upload"], FILM_BYTES)
        revisions.append((await phone.confirm(film["recording_id"])).json()["dose_revision"])

    card = (await phone.card(dose))["revision"]
    assert revisions == [card, card]


async def test_a_mild_answer_tells_of_its_own_dose_alone(phone: Phone, dose: Dose) -> None:
    told = (await phone.side_effects(dose, "nausea")).json()["doses"]

    card = await phone.card(dose)
    assert told == [{name: card[name] for name in told[0]}]


async def test_a_severe_answer_tells_of_every_dose_that_it_stops_and_of_no_other(
    phone: Phone, session: AsyncSession, tb: Treatment, pressure: Treatment
) -> None:
    dose = await dose_on(session, tb)
    other = await dose_on(session, pressure)

    told = {
        one["dose_id"]: one
        for one in (await phone.side_effects(dose, "yellow_skin")).json()["doses"]
    }

    tomorrow = await dose_on(session, tb, 1)
    before = await dose_on(session, tb, -1)
    for stopped in (dose, tomorrow):
        card = await phone.card(stopped)
        assert told[str(stopped.id)] == {name: card[name] for name in told[str(stopped.id)]}
        assert (card["state"], card["severe"], card["can_film"]) == ("held", True, False)
    assert str(other.id) not in told
    assert str(before.id) not in told
    assert len(told) == 22
