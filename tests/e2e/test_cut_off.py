"""Filmed, sent, the network gone: the dose is not offered again, and the film comes once."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from app.core.db import Sessionmaker
from app.medication.models import Dose, Recording
from tests.e2e.world import bind_phone, expect_state, film_a_dose, make_world, shown, tap
from tests.running_system import RunningSystem

PROCESSED_MS = 40_000
HEARD_MS = 3000
USER = "cut-off"


class Network:
    """What a phone reaches. The app itself lies on a phone, so its own files always come."""

    def __init__(self, context: BrowserContext, system: RunningSystem) -> None:
        self.context, self.app = context, f"{system.origin}/m/"
        self.storage = system.settings["S3_PUBLIC_ENDPOINT"]
        self.gone = False
        self.films = 0
        self.at_film: Callable[[Route], Awaitable[None]] | None = None

    async def watch(self) -> None:
        await self.context.route("**/*", self._pass)

    async def back(self) -> None:
        self.gone = False
        for page in self.context.pages:
            await page.evaluate("dispatchEvent(new Event('online'))")

    async def _pass(self, route: Route) -> None:
        url, method = route.request.url, route.request.method
        own = url.startswith(self.app) and not url.endswith(".json")
        if self.gone and not own:
            await route.abort("internetdisconnected")
        elif url.startswith(self.storage) and method == "POST":
            self.films += 1
            await (self.at_film(route) if self.at_film else route.continue_())
        else:
            await route.continue_()


@pytest.fixture
async def network(phone: Page, system: RunningSystem) -> Network:
    made = Network(phone.context, system)
    await made.watch()
    return made


async def _films(sessions: Sessionmaker, patient_id: UUID) -> list[Recording]:
    async with sessions() as session:
        own = select(Recording).join(Dose, Dose.id == Recording.dose_id)
        return list(await session.scalars(own.where(Dose.patient_id == patient_id)))


async def _expect_not_offered(page: Page) -> None:
    await expect(shown(page, "kept-on-phone")).to_be_visible()
    await page.wait_for_timeout(HEARD_MS)
    await expect(page.get_by_test_id("film-start").locator("visible=true")).to_have_count(0)


@pytest.mark.parametrize("arrived", [False, True], ids=["film lost", "answer lost"])
async def test_a_film_whose_way_was_cut_is_sent_once_and_its_dose_not_offered_again(
    phone: Page, network: Network, system_sessions: Sessionmaker, arrived: bool
) -> None:
    _, household = await make_world(system_sessions, "覃凤英")
    user = f"{USER}-{arrived}"
    await bind_phone(phone, household, user)
    await film_a_dose(phone)

    async def cut(route: Route) -> None:
        network.gone, network.at_film = True, None
        if arrived:
            await route.fetch()
        await route.abort("internetdisconnected")

    network.at_film = cut
    await tap(phone, "film-send")
    await _expect_not_offered(phone)

    await phone.close()
    reopened = await phone.context.new_page()
    await reopened.goto(f"/m/?user={user}")
    await _expect_not_offered(reopened)

    await network.back()
    await expect_state(reopened, "等医生看", timeout=PROCESSED_MS)
    films = await _films(system_sessions, household.patient.id)
    assert [film.uploaded_at is not None for film in films] == [True]
    assert network.films == 2
    await reopened.reload()
    await expect_state(reopened, "等医生看")
    assert network.films == 2
