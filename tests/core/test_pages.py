"""Problems as pages, words said after a redirect, words for every coded value."""

from enum import StrEnum
from urllib.parse import quote, unquote

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import templates
from app.features import FEATURES
from app.institutions.models import Tier, Title
from app.media.video import VideoProblem
from app.medication.models import (
    CannotFilmReason,
    Evidence,
    Outcome,
    RecordingFlag,
    RecordingState,
    ReviewReason,
    Slot,
    Verdict,
)
from app.patients.models import Condition, Sex
from tests.accounts.conftest import make_known
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_staff

NAMED = {
    "slot": Slot,
    "sex": Sex,
    "condition": Condition,
    "role": Role,
    "title": Title,
    "tier": Tier,
    "outcome": Outcome,
    "review_reason": ReviewReason,
    "cannot_film": CannotFilmReason,
    "video_flag": RecordingFlag,
    "video_problem": VideoProblem,
    "evidence": Evidence,
}
MARKED = {"verdict": Verdict, "recording_state": RecordingState}


@pytest.mark.parametrize("kind", NAMED)
def test_every_coded_value_has_a_chinese_word(kind: str) -> None:
    values: type[StrEnum] = NAMED[kind]

    assert {v.value for v in values} <= set(FEATURES.words.words[kind])


@pytest.mark.parametrize("kind", MARKED)
def test_every_state_has_a_mark(kind: str) -> None:
    values: type[StrEnum] = MARKED[kind]

    assert {v.value for v in values} <= set(FEATURES.words.marks[kind])


def test_every_mark_has_its_icon_and_colour() -> None:
    icons = (templates.STATIC / "icons.svg").read_text()
    css = (templates.STATIC / "app.css").read_text()

    for marks in FEATURES.words.marks.values():
        for mark in marks.values():
            assert f'id="{mark.icon}"' in icons
            assert f".badge.{mark.token}" in css or mark.token == "held"


async def test_unknown_page_is_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/staff/no-such-page")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "没有找到" in answer.text


async def test_unknown_partial_goes_to_the_messages(client: httpx.AsyncClient) -> None:
    answer = await client.get("/staff/no-such-page", headers={"hx-request": "true"})

    assert answer.headers["hx-retarget"] == "#messages"
    assert "<html" not in answer.text


async def test_unknown_api_address_is_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/no-such-thing")

    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_was_said_is_shown_once(app: FastAPI, session: AsyncSession) -> None:
    doctor = await make_staff(session)
    browser = await staff_client(app, session, doctor.id)
    await browser.post("/staff/account/sessions/end-others")

    first = await browser.get("/staff/account")
    second = await browser.get("/staff/account")

    assert "其他设备都已退出登录" in first.text
    assert "其他设备都已退出登录" not in second.text


async def test_login_page_is_shown_to_everybody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/staff/login?next=/staff/alerts")

    assert answer.status_code == 200
    assert 'value="/staff/alerts"' in answer.text
    assert not answer.cookies


async def test_history_restore_gets_the_full_page(client: httpx.AsyncClient) -> None:
    headers = {"hx-request": "true", "hx-history-restore-request": "true"}

    answer = await client.get("/staff/login", headers=headers)

    assert "<html" in answer.text
    assert answer.headers["vary"] == "HX-Request"


BROKEN = ["http://[", "//[", "http://[::1", "/staff/x[", "http://]/staff/a"]


@pytest.mark.parametrize("address", BROKEN)
@pytest.mark.parametrize("where", ["next", "hx-current-url", "referer", "host"])
async def test_no_address_that_somebody_writes_breaks_a_page(
    client: httpx.AsyncClient, where: str, address: str
) -> None:
    match where:
        case "next":
            answers = [await client.get("/staff/login", params={"next": address})]
        case "hx-current-url":
            headers = {"hx-request": "true", "hx-current-url": address}
            answers = [await client.post("/staff/patients/search", headers=headers)]
        case "referer":
            answers = [await client.post("/staff/patients/new", headers={"referer": address})]
        case _:
            asked = ("/staff/login", "/staff/patients", "/staff/nowhere", "/api/me")
            answers = [await client.get(path, headers={"host": address}) for path in asked]

    assert all(answer.status_code < 500 for answer in answers)
    assert all("[" not in answer.headers.get("location", "") for answer in answers)


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}], ids=["plain", "htmx"])
async def test_a_way_back_with_chinese_in_it_is_found_after_the_login(
    client: httpx.AsyncClient, session: AsyncSession, headers: dict[str, str]
) -> None:
    doctor = await make_known(session)
    client.headers.update(headers)

    answer = await client.post("/staff/login", data=doctor.form(next="/staff/中文?q=李"))

    to = answer.headers.get("location") or answer.headers["hx-redirect"]
    assert unquote(to) == "/staff/中文?q=李"
    assert to.isascii()


async def test_a_page_asked_for_by_a_chinese_address_leads_to_login_and_back(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/staff/patients?q=李")

    assert answer.headers["location"] == f"/staff/login?next={quote('/staff/patients?q=%E6%9D%8E')}"
