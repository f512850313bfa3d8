"""After each fault: exactly one recording, in the right state, nothing lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.core import clock
from app.core.jobs import enqueue
from app.media.models import MediaObject
from app.medication.models import RecordingState
from app.medication.rules import DoseState
from scripts.dev.engines import Engines
from tests.faults.conftest import until
from tests.faults.world import World
from tests.medication.phone import post_film
from tests.running_system import RunningSystem


async def reviewable(world: World) -> None:
    await until(lambda: world.is_in(RecordingState.READY))
    assert await world.state() is DoseState.PENDING_REVIEW
    await until(world.has_no_work_left)


async def test_api_killed_between_presign_and_confirmation(
    world: World, system: RunningSystem, good_film: bytes
) -> None:
    announced = (await world.phone.announce(world.dose, size=len(good_film))).json()
    assert (await post_film(announced["upload"], good_film)).status_code == 201

    system.children["api"].kill()
    with pytest.raises(httpx.TransportError):
        await world.phone.confirm(announced["recording_id"])
    system.start_api()

    assert (await world.phone.confirm(announced["recording_id"])).status_code == 200
    await reviewable(world)


async def test_api_killed_before_the_bytes_were_sent(
    world: World, system: RunningSystem, good_film: bytes
) -> None:
    film = world.phone.film(world.dose, size=len(good_film))
    first = (await world.phone.announce(world.dose, **film)).json()
    system.children["api"].kill()
    system.start_api()

    again = (await world.phone.announce(world.dose, **film)).json()

    assert again["recording_id"] == first["recording_id"]
    assert (await post_film(again["upload"], good_film)).status_code == 201
    assert (await world.phone.confirm(again["recording_id"])).status_code == 200
    await reviewable(world)


async def test_worker_killed_in_processing(
    world: World, system: RunningSystem, slow_film: bytes
) -> None:
    announced = await world.phone.announce(
        world.dose, content_type="video/webm", size=len(slow_film)
    )
    await post_film(announced.json()["upload"], slow_film)
    await world.phone.confirm(announced.json()["recording_id"])
    await until(lambda: world.is_in(RecordingState.PROCESSING))

    system.children["worker"].kill()
    assert await world.is_in(RecordingState.PROCESSING)
    assert await world.state() is DoseState.PROCESSING
    system.start_worker()

    await reviewable(world)


async def test_storage_stopped_during_an_upload(
    world: World, own_engines: Engines, good_film: bytes
) -> None:
    announced = (await world.phone.announce(world.dose, size=len(good_film))).json()

    with pytest.raises(httpx.TransportError):
        await _broken_upload(announced["upload"], own_engines)
    down = await world.phone.confirm(announced["recording_id"])
    own_engines.storage.start()
    missing = await world.phone.confirm(announced["recording_id"])

    assert (down.status_code, down.json()["type"]) == (503, "storage-unavailable")
    assert (missing.status_code, missing.json()["type"]) == (409, "upload-not-found")
    assert await world.state() is DoseState.UPLOADING
    assert (await post_film(announced["upload"], good_film)).status_code == 201
    assert (await world.phone.confirm(announced["recording_id"])).status_code == 200
    await reviewable(world)


async def _broken_upload(upload: dict[str, Any], engines: Engines) -> None:
    """Send a film slowly; the storage dies after the first piece."""

    async def pieces() -> AsyncIterator[bytes]:
        for name, value in upload["fields"].items():
            yield _part(name, value.encode())
        yield _part("file", b"", filename="film.mp4").removesuffix(b"\r\n") + b"x" * 100_000
        await asyncio.sleep(0.2)
        engines.storage.kill()
        for _ in range(50):
            yield b"x" * 100_000

    kind = {"content-type": "multipart/form-data; boundary=film"}
    async with httpx.AsyncClient(timeout=10) as http:
        answer = await http.post(upload["url"], content=pieces(), headers=kind)
        answer.raise_for_status()


def _part(name: str, value: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    head = f'--film\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + value + b"\r\n"


async def test_double_tap(world: World, good_film: bytes) -> None:
    """Two intents at once: the film that arrives is read, and nobody waits for the other."""
    taps = await asyncio.gather(
        *(world.phone.announce(world.dose, key=f"tap-number-{n}") for n in range(2))
    )
    assert {tap.status_code for tap in taps} == {201}
    arrived = taps[1].json()

    await post_film(arrived["upload"], good_film)
    assert (await world.phone.confirm(arrived["recording_id"])).status_code == 200

    await until(lambda: _settled(world, {"ready": 1, "requested": 1}))
    assert await world.state() is DoseState.PENDING_REVIEW


async def test_two_films_of_one_dose_at_once(world: World, good_film: bytes) -> None:
    """One is read, one waits behind it: never both, never none."""
    size = len(good_film)
    taps = [
        (await world.phone.announce(world.dose, key=f"film-number-{n}", size=size)).json()
        for n in range(2)
    ]

    await asyncio.gather(*(post_film(tap["upload"], good_film) for tap in taps))
    said = await asyncio.gather(*(world.phone.confirm(tap["recording_id"]) for tap in taps))

    assert [answer.status_code for answer in said] == [200, 200]
    await until(lambda: _settled(world, {"ready": 1, "uploaded": 1}))
    assert await world.state() is DoseState.PENDING_REVIEW
    items = [await desk.next() for desk in world.desks * 3]
    assert len({item["recording_id"] for item in items if item}) == 1


async def _settled(world: World, expected: dict[str, int]) -> bool:
    return Counter(film.state.value for film in await world.films()) == Counter(expected)


async def test_same_key_twice_at_once(world: World) -> None:
    film = world.phone.film(world.dose)

    answers = await asyncio.gather(*(world.phone.announce(world.dose, **film) for _ in range(5)))

    assert {a.status_code for a in answers} == {201}
    assert {a.json()["recording_id"] for a in answers} == {str((await world.film()).id)}


async def test_two_reviewers_on_one_film(world: World, good_film: bytes) -> None:
    recording_id = await world.phone.send(world.dose, good_film)
    await reviewable(world)

    items = await asyncio.gather(*(desk.next() for desk in world.desks * 3))
    holders = {desk for desk, item in zip(world.desks * 3, items, strict=True) if item}
    verdicts = await asyncio.gather(*(desk.decide(recording_id) for desk in world.desks))

    assert len(holders) == 1
    assert sorted(v.status_code for v in verdicts) == [201, 409]
    assert await world.state() is DoseState.OBSERVED


async def test_an_upload_whose_confirmation_never_comes(world: World, good_film: bytes) -> None:
    announced = (await world.phone.announce(world.dose, size=len(good_film))).json()
    await post_film(announced["upload"], good_film)
    film = await world.film()
    earlier = clock.now() - timedelta(minutes=2)  # the phone has had its minute

    async with world.sessions.begin() as session:
        await session.execute(
            update(MediaObject)
            .where(MediaObject.id == film.media_id)
            .values(created_at=earlier, next_check_at=earlier)
        )
        await enqueue(session, "media.reconcile")

    await reviewable(world)
    late = await world.phone.confirm(film.id)  # the phone comes back at last
    assert (late.status_code, late.json()["state"]) == (200, "ready")
