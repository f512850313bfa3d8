"""Codes, images, faults and quotas of the stand-in, and what it remembers."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from scripts.wechat_standin import openid_of
from scripts.wechat_standin.codes import QUIET_ZONE, draw, preview_url
from tests.standin.running import APPID, CODE_IMAGE, LOGIN, SECRET, Running, running

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")


async def login(here: Running, code: str) -> dict[str, Any]:
    query = {"appid": APPID, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}
    reply = await here.http.get(here.base + LOGIN, params=query)
    answer: dict[str, Any] = reply.json()
    return answer


def test_openid_looks_like_one_and_never_changes() -> None:
    assert openid_of("chen") == openid_of("chen")
    assert openid_of("chen") != openid_of("li")
    assert re.fullmatch(r"o[\w-]{27}", openid_of("chen"))
    assert openid_of("chen") == "ofnCGOWKQ6UkBRhEYoRxyx4vnPsk"


async def test_refusals_are_200_with_a_changing_tail(here: Running) -> None:
    first, second = await login(here, "nobody's"), await login(here, "nobody's")

    assert first["errcode"] == 40029
    assert RID.search(first["errmsg"])
    assert first["errmsg"] != second["errmsg"]


async def test_success_of_login_has_no_errcode(here: Running) -> None:
    assert set(await login(here, await here.login_code())) == {"openid", "session_key"}


async def test_one_user_may_log_in_a_hundred_times_a_minute(here: Running) -> None:
    here.watch.ahead_s = 60 - here.watch() % 60  # a minute begins
    codes = [await here.login_code("chen") for _ in range(101)]
    answers = [await login(here, code) for code in codes]

    assert [a.get("errcode") for a in answers] == [None] * 100 + [45011]
    assert "openid" in await login(here, await here.login_code("li"))
    here.watch.ahead_s += 60
    assert "openid" in await login(here, codes[100])  # the refused code was not spent


async def test_session_key_settles_for_a_while(here: Running) -> None:
    first = await login(here, await here.login_code())
    second = await login(here, await here.login_code())
    here.watch.ahead_s = 301
    third = await login(here, await here.login_code())

    assert first["session_key"] == second["session_key"] != third["session_key"]


async def test_code_image_opens_the_page_in_the_preview(here: Running) -> None:
    body = {"scene": "b=ABCD2345", "page": "pages/bind/index", "width": 600}
    query = {"access_token": await here.token()}
    reply = await here.http.post(here.base + CODE_IMAGE, params=query, json=body)

    assert reply.headers["content-type"] == "image/jpeg"
    assert modules_of(reply.content) == modules_drawn(
        "http://127.0.0.1:8000/m/#/pages/bind/index?scene=b%3DABCD2345"
    )
    assert modules_of(reply.content) != modules_drawn("something else")


def modules_of(jpeg: bytes) -> list[list[bool]]:
    """Read the drawn squares back by looking at the middle of each."""
    image = Image.open(io.BytesIO(jpeg)).convert("L")
    side = len(
        modules_drawn(preview_url("http://127.0.0.1:8000/m/", "pages/bind/index", "b=ABCD2345"))
    )
    at = [
        int((i + 0.5) * image.width / (side + 2 * QUIET_ZONE))
        for i in range(QUIET_ZONE, side + QUIET_ZONE)
    ]
    return [[bool(image.getpixel((x, y)) < 128) for x in at] for y in at]  # type: ignore[operator]


def modules_drawn(content: str) -> list[list[bool]]:
    return [
        [bool(dark) for dark in row] for row in segno.make(content, error="m", micro=False).matrix
    ]


@pytest.mark.parametrize("width", [280, 430, 1280])
def test_code_image_has_the_width_asked_for(width: int) -> None:
    assert Image.open(io.BytesIO(draw("x", width))).size == (width, width)


async def test_code_image_wants_a_token_and_json(here: Running) -> None:
    url = here.base + CODE_IMAGE
    query = {"access_token": await here.token()}

    assert (await here.http.post(url, json={"scene": "a"})).json()["errcode"] == 41001
    assert (await here.http.post(url, params=query)).json()["errcode"] == 40169
    assert (await here.http.post(url, params=query, data={"scene": "a"})).json()["errcode"] == 40169
    assert (await here.http.get(url, params=query)).json()["errcode"] == 43002


async def test_fault_strikes_as_often_as_told(here: Running) -> None:
    await here.fault(LOGIN, errcode=40164, times=2)
    code = await here.login_code()

    answers = [await login(here, code) for _ in range(3)]

    assert [a.get("errcode") for a in answers] == [40164, 40164, None]


async def test_faults_can_be_taken_back(here: Running) -> None:
    await here.fault(LOGIN, errcode=40164, times=2)

    await here.http.delete(f"{here.base}/standin/faults")

    assert "openid" in await login(here, await here.login_code())


@pytest.mark.parametrize("how", [{}, {"errcode": 1, "http500": True}, {"timeout_after": 0}])
async def test_fault_must_fail_in_one_way(here: Running, how: dict[str, object]) -> None:
    reply = await here.http.post(f"{here.base}/standin/faults", json={"path": LOGIN, **how})

    assert reply.status_code == 422


async def test_quotas_run_out_by_the_minute_and_by_the_day(here: Running) -> None:
    here.watch.ahead_s = 86_400 - (here.watch() + 8 * 3600) % 86_400
    await here.control("quotas", path=LOGIN, per_minute=1, per_day=2)
    codes = [(await login(here, "x"))["errcode"] for _ in range(2)]
    here.watch.ahead_s += 60
    codes += [(await login(here, "x"))["errcode"]]

    assert codes == [40029, 45011, 45009]


async def test_calls_are_counted(here: Running) -> None:
    await login(here, "x")

    assert (await here.http.get(f"{here.base}/standin/calls")).json() == {LOGIN: 1}


async def test_restart_keeps_users_tokens_and_codes(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    async with running(state_file) as before:
        token = await before.token()
        key = (await login(before, await before.login_code("chen")))["session_key"]
        code = await before.login_code("chen")

    async with running(state_file) as after:
        assert await after.token() == token
        assert (await login(after, code))["session_key"] == key
        assert (await login(after, code))["errcode"] == 40163

    assert state_file.stat().st_mode & 0o077 == 0


async def test_expired_codes_are_forgotten(here: Running) -> None:
    await here.login_code()
    await here.phone_code()
    here.watch.ahead_s = 301
    await login(here, "x")

    assert not here.standin.state.login_codes
    assert not here.standin.state.phone_codes
