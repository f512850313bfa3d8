"""Open streams of a real server: who gets what, what they cost the pool, when they end."""

import asyncio
import logging

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.ext.asyncio import create_async_engine

from app.accounts.models import StaffSession
from app.core import clock
from app.core.db import Sessionmaker, make_sessions
from app.core.stream import hub, response, tell
from app.core.stream.streams import Stream
from app.main import create_app
from tests.core.stream.conftest import People, Served, numbers
from tests.core.test_http import UNREACHABLE
from tests.institutions.factories import join_team


async def test_a_message_reaches_the_team_and_nobody_else(served: Served, people: People) -> None:
    mine = await served.listen(await served.browser(people.doctor.id))
    theirs = await served.listen(await served.browser(people.other_doctor.id))

    await served.tell(people.team, 1)
    await served.tell(people.other_team, 2)

    await mine.until(1)
    await theirs.until(1)
    assert mine.messages[0].data == {"name": "list.changed", "ids": {"number": 1}}
    assert (numbers(mine), numbers(theirs)) == ([1], [2])


async def test_a_message_to_two_topics_of_one_person_comes_once(
    served: Served, people: People
) -> None:
    listener = await served.listen(await served.browser(people.doctor.id))
    topics = [f"team:{people.team.id}", f"staff:{people.doctor.id}"]
    async with served.sessions.begin() as session:
        await tell(session, topics, "list.changed", number=1)
    await served.tell(people.team, 2)

    await listener.until(2)

    assert numbers(listener) == [1, 2]


async def test_open_streams_hold_no_connection_and_starve_no_request(
    served: Served, people: People
) -> None:
    """The pool has two connections; a hundred streams open at once and hear messages."""
    cookies = [await served.browser(people.doctor.id) for _ in range(100)]
    listeners = await asyncio.gather(*(served.listen(cookie) for cookie in cookies))
    assert served.hub.open_streams == 100
    assert served.connections_in_use == 0

    headers = {"cookie": f"weibu_staff={cookies[0]}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as http:
        asking = asyncio.gather(*(http.get("/staff/account", headers=headers) for _ in range(20)))
        await asyncio.gather(*(served.tell(people.team, number) for number in range(20)))
        answers = await asking
    await asyncio.gather(*(listener.until(20) for listener in listeners))

    assert {a.status_code for a in answers} == {200}
    assert max(a.elapsed.total_seconds() for a in answers) < 10  # that is what the pool waits
    assert all(sorted(numbers(listener)) == list(range(20)) for listener in listeners)
    assert served.connections_in_use == 0


async def test_nothing_is_told_of_before_a_first_stream(served: Served, people: People) -> None:
    await served.tell(people.team, 1)
    listener = await served.listen(await served.browser(people.doctor.id))
    await served.tell(people.team, 2)

    await listener.until(1)

    assert numbers(listener) == [2]


async def test_who_comes_back_gets_what_was_missed(served: Served, people: People) -> None:
    cookie = await served.browser(people.doctor.id)
    first = await served.listen(cookie)
    await first.close()
    for number in range(3):
        await served.tell(people.team, number)

    again = await served.listen(cookie, last_event_id=first.last_event_id)
    await again.until(3)
    await again.close()
    third = await served.listen(cookie, last_event_id=again.last_event_id)
    await served.tell(people.team, 3)
    await third.until(1)

    assert numbers(again) == [0, 1, 2]
    assert numbers(third) == [3]
    assert again.events("resync") == third.events("resync") == []


async def test_an_id_that_says_nothing_makes_the_page_ask_for_all(
    served: Served, people: People
) -> None:
    cookie = await served.browser(people.doctor.id)
    position = (await served.listen(cookie)).last_event_id
    assert position is not None
    day_before = int(clock.now().timestamp()) - 24 * 3600
    too_old = f"{day_before}.{position.split('.')[1]}"

    for event_id in ("17", too_old):
        listener = await served.listen(cookie, last_event_id=event_id)
        await listener.until(1, "resync")
        await served.tell(people.team, 1)
        await listener.until(1)
        await listener.close()
        assert numbers(listener) == [1]


async def test_too_much_to_tell_makes_the_page_ask_for_all(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "REPLAY_LIMIT", 3)
    cookie = await served.browser(people.doctor.id)
    first = await served.listen(cookie)
    await first.close()
    for number in range(3):
        await served.tell(people.team, number)

    full = await served.listen(cookie, last_event_id=first.last_event_id)
    await full.until(3)
    await served.tell(people.team, 3)
    beyond = await served.listen(cookie, last_event_id=first.last_event_id)
    await beyond.until(1, "resync")

    assert full.events("resync") == []
    assert numbers(beyond) == []


async def test_a_sign_of_life_keeps_the_id_young(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "PING_S", 0.05)
    listener = await served.listen(await served.browser(people.doctor.id))
    before = listener.last_event_id
    await served.tell(people.other_team, 1)  # concerns others, yet the position moves on

    async with asyncio.timeout(5):
        while listener.last_event_id == before:  # noqa: ASYNC110 pings set no event
            await asyncio.sleep(0.02)

    assert listener.pings > 0
    assert listener.messages == []


async def test_an_ended_session_ends_its_stream(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "RECHECK_S", 0.2)
    monkeypatch.setattr(response, "PING_S", 0.05)
    ended = await served.listen(await served.browser(people.doctor.id))
    other = await served.listen(await served.browser(people.other_doctor.id))
    async with served.sessions.begin() as session:
        await session.execute(
            update(StaffSession)
            .where(StaffSession.staff_account_id == people.doctor.id)
            .values(ended_at=clock.now())
        )

    await ended.until_ended()
    await served.tell(people.other_team, 1)
    await other.until(1)

    assert ended.events("bye") == [{"reason": "ended"}]
    assert not other.ended


async def test_a_new_team_is_heard_and_what_it_told_before_asked_for(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "RECHECK_S", 0.2)
    monkeypatch.setattr(response, "PING_S", 0.05)
    listener = await served.listen(await served.browser(people.doctor.id))
    async with served.sessions.begin() as session:
        await join_team(session, people.doctor, people.other_team)

    await listener.until(1, "resync")
    await served.tell(people.other_team, 1)
    await listener.until(1)

    assert numbers(listener) == [1]


async def test_a_session_and_a_process_have_so_many_streams(
    served: Served, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    cookie = await served.browser(people.doctor.id)
    for _ in range(hub.PER_OWNER):
        assert (await served.listen(cookie)).status == 200

    assert (await served.listen(cookie)).status == 503
    await served.listeners[0].close()
    await asyncio.sleep(0.1)
    assert (await served.listen(cookie)).status == 200

    await served.stop()
    served.settings = served.settings.model_copy(update={"streams_max": 2})
    await served.start()
    with caplog.at_level(logging.INFO, "app.request"):
        found = [
            (await served.listen(await served.browser(people.doctor.id))).status for _ in range(3)
        ]
    assert found == [200, 200, 503]
    told = [vars(r) for r in caplog.records if r.name == "app.request"]
    assert [(r["route"], r["status"]) for r in told] == [("/staff/stream", 503)]  # others are open


async def test_streams_leave_nothing_behind(served: Served, people: People) -> None:
    for _ in range(3):
        listener = await served.listen(await served.browser(people.doctor.id))
        await listener.close()
    async with asyncio.timeout(5):
        while served.hub.open_streams:  # noqa: ASYNC110 the server notices by itself
            await asyncio.sleep(0.02)

    assert vars(served.hub)["_by_topic"] == {}
    assert vars(served.hub)["_owners"] == {}


async def test_a_stream_waits_for_a_database_that_is_away(
    served: Served, committed_database: Sessionmaker
) -> None:
    engine = create_async_engine(UNREACHABLE)
    stream = Stream("owner", frozenset({"team:1"}), served.hub.position)
    before = stream.id_line(None)

    assert await served.hub.catch_up(stream, make_sessions(engine)) is False
    assert not stream.wake.is_set()  # else it would try again at once, and for ever
    assert stream.id_line(None) == before  # it has not moved on
    assert await served.hub.catch_up(stream, committed_database) is True
    await engine.dispose()


async def test_a_process_starts_without_its_database(served: Served) -> None:
    away = served.settings.model_copy(update={"database_url": SecretStr(UNREACHABLE)})
    app = create_app(away)

    async with app.router.lifespan_context(app):
        await asyncio.sleep(0.1)
        assert app.state.stream.running
        assert app.state.stream.position is None
    assert not app.state.stream.running
