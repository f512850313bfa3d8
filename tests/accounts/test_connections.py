"""Nobody keeps a connection, or outruns a count, while something slow is going on."""

import asyncio

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from app.accounts.access import STAFF_COOKIE
from app.accounts.models import LoginAttempt
from app.accounts.service import attempts
from app.accounts.service.attempts import PER_ADDRESS
from app.accounts.service.passwords import HASHING
from app.core.db import Sessionmaker
from app.core.problems import TooManyAttempts
from app.core.wechat import CodeImage
from tests.accounts.committed import Linked, app, browser_at, linked, still, until
from tests.accounts.conftest import PASSWORD
from tests.accounts.factories import staff_client
from tests.accounts.scanning import LINK, show
from tests.fake_wechat import FakeWeChat

__all__ = ["app", "linked"]  # fixtures
NEW = "a password nobody knows"


class Busy:
    """Every place for hashing is taken, until the block ends."""

    async def __aenter__(self) -> None:
        for place in range(int(HASHING.total_tokens)):
            await HASHING.acquire_on_behalf_of((self, place))

    async def __aexit__(self, *_: object) -> None:
        for place in range(int(HASHING.total_tokens)):
            HASHING.release_on_behalf_of((self, place))


@pytest.mark.parametrize("what", ["login", "unknown name", "password", "link"])
async def test_nobody_holds_a_connection_while_a_password_is_hashed(
    app: FastAPI, committed_database: Sessionmaker, linked: Linked, what: str
) -> None:
    """Three times as many as there are connections, and one more asks for something else."""
    async with committed_database.begin() as session:
        inside = await staff_client(app, session, linked.id)
    change = {"present": PASSWORD, "password": NEW, "repeated": NEW}
    address, form = {
        "login": ("/staff/login", linked.doctor.form(password="wrong")),
        "unknown name": ("/staff/login", linked.doctor.form(username="nobody")),
        "password": ("/staff/account/password", change),
        "link": ("/staff/account/wechat", {"link_password": PASSWORD}),
    }[what]
    free = 3  # tries of one name at one address before it has to wait

    async with Busy():
        asked = [asyncio.create_task(inside.post(address, data=form)) for _ in range(9)]
        await until(lambda: HASHING.statistics().tasks_waiting == free == still(asked))
        in_use = app.state.engine.pool.checkedout()
        beside = await asyncio.wait_for(inside.get("/staff/account"), 5)
    await asyncio.gather(*asked)

    assert in_use == 0
    assert beside.status_code == 200


async def test_parallel_guesses_at_many_names_cannot_outrun_the_count_of_their_address(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        for n in range(PER_ADDRESS.free - 2):
            session.add(
                LoginAttempt(username=f"#{n}", address="192.0.2.1", succeeded=False, reason="x")
            )

    async def guess(n: int, address: str) -> bool:
        try:
            await attempts.begin(committed_database, f"#other-{n}", address)
        except TooManyAttempts:
            return False
        return True

    let_through = await asyncio.gather(*(guess(n, "192.0.2.1") for n in range(9)))
    elsewhere = await asyncio.gather(*(guess(n, "192.0.2.2") for n in range(9)))

    assert (sum(let_through), sum(elsewhere)) == (2, 9)


class WatchingWeChat(FakeWeChat):
    """Notes how many connections are in use while it draws."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self.engine = engine
        self.in_use: list[int] = []

    @override
    async def unlimited_code(self, scene: str, page: str, width: int = 430) -> CodeImage:
        self.in_use.append(self.engine.pool.checkedout())  # type: ignore[attr-defined]
        return await super().unlimited_code(scene, page, width)


async def test_codes_are_drawn_without_a_connection_in_use(
    app: FastAPI, committed_database: Sessionmaker, linked: Linked
) -> None:
    """Whatever cookie the browser brings: naming its person takes a connection first."""
    wechat = app.state.wechat = WatchingWeChat(app.state.engine)
    async with committed_database.begin() as session:
        inside = await staff_client(app, session, linked.id)
    async with browser_at(app) as stranger:
        stranger.cookies.set(STAFF_COOKIE, "rubbish")
        await show(stranger, wechat)
    await show(inside, wechat)
    await show(inside, wechat, LINK)

    assert wechat.in_use == [0, 0, 0]
