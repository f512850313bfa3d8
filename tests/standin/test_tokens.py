"""The two kinds of access_token, each with WeChat's habits."""

from typing import Any

import httpx
import pytest

from tests.standin.running import APPID, CHECK, SECRET, STABLE, Running

PLAIN = "/cgi-bin/token"
ACCOUNT = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}


async def get(here: Running, path: str, **query: str) -> dict[str, Any]:
    reply = await here.http.get(here.base + path, params=query)
    assert reply.status_code == 200
    answer: dict[str, Any] = reply.json()
    return answer


async def errcode_of(here: Running, token: str) -> int:
    """Ask a business call about the token: 40003 (no openid given) means it was accepted."""
    return int((await get(here, CHECK, access_token=token))["errcode"])


async def test_stable_token_stays_until_its_last_five_minutes(here: Running) -> None:
    first = await here.stable_token()
    here.watch.ahead_s = 6890
    second = await here.stable_token()
    here.watch.ahead_s = 6905
    third = await here.stable_token()

    assert first["expires_in"] == 7200
    assert second["access_token"] == first["access_token"]
    assert 300 <= second["expires_in"] <= 310
    assert third["access_token"] != first["access_token"]
    assert await errcode_of(here, first["access_token"]) == 40003  # old and new both work
    assert await errcode_of(here, third["access_token"]) == 40003
    assert len(first["access_token"]) == 512


async def test_force_kills_the_old_token_at_once(here: Running) -> None:
    first = await here.token()

    second = (await here.stable_token(force_refresh=True))["access_token"]

    assert await errcode_of(here, first) == 40001
    assert await errcode_of(here, second) == 40003


async def test_force_within_thirty_seconds_changes_nothing(here: Running) -> None:
    await here.token()
    first = await here.stable_token(force_refresh=True)
    here.watch.ahead_s = 20
    second = await here.stable_token(force_refresh=True)
    here.watch.ahead_s = 31
    third = await here.stable_token(force_refresh=True)

    assert second["access_token"] == first["access_token"]
    assert third["access_token"] != first["access_token"]


async def test_force_works_twenty_times_a_day(here: Running) -> None:
    here.watch.ahead_s = 86_400 - (here.watch() + 8 * 3600) % 86_400  # a day begins in Beijing
    seen = [await here.token()]
    for _ in range(21):
        here.watch.ahead_s += 31
        seen.append((await here.stable_token(force_refresh=True))["access_token"])
    here.watch.ahead_s += 86_400 - 21 * 31
    tomorrow = (await here.stable_token(force_refresh=True))["access_token"]

    assert len(set(seen)) == 21
    assert seen[20] == seen[21]
    assert tomorrow not in seen


async def test_plain_token_is_new_each_time_and_the_old_one_fades(here: Running) -> None:
    first = (await get(here, PLAIN, **ACCOUNT))["access_token"]
    second = (await get(here, PLAIN, **ACCOUNT))["access_token"]

    assert await errcode_of(here, first) == 40003
    here.watch.ahead_s = 301
    assert await errcode_of(here, first) == 42001
    assert await errcode_of(here, second) == 40003


async def test_plain_token_cannot_hurt_the_stable_one(here: Running) -> None:
    stable = await here.token()

    for _ in range(3):
        await get(here, PLAIN, **ACCOUNT)
    here.watch.ahead_s = 600

    assert await here.token() == stable
    assert await errcode_of(here, stable) == 40003


@pytest.mark.parametrize(("token", "errcode"), [("", 41001), ("wrong", 40001)])
async def test_token_missing_and_wrong(here: Running, token: str, errcode: int) -> None:
    assert await errcode_of(here, token) == errcode


async def test_token_expires_after_two_hours(here: Running) -> None:
    token = await here.token()
    here.watch.ahead_s = 7201

    assert await errcode_of(here, token) == 42001


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"grant_type": "x"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wx-other"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "x"}, 40125),
    ],
)
async def test_account_is_checked(here: Running, change: dict[str, str], errcode: int) -> None:
    assert (await here.stable_token(**change))["errcode"] == errcode
    assert (await get(here, PLAIN, **(ACCOUNT | change)))["errcode"] == errcode


async def test_stable_token_takes_json_posts_only(here: Running) -> None:
    async def errcode(reply: httpx.Response) -> int:
        return int(reply.json()["errcode"])

    url = here.base + STABLE

    assert await errcode(await here.http.get(url, params=ACCOUNT)) == 43002
    assert await errcode(await here.http.post(url)) == 44002
    assert await errcode(await here.http.post(url, data=ACCOUNT)) == 47001
    assert await errcode(await here.http.post(url, json=[1])) == 47001
