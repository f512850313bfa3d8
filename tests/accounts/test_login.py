"""Staff log in with password and one-time code; guessing gets slow."""

import re
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import STAFF_COOKIE
from app.accounts.models import LoginAttempt, StaffAccount, StaffSession
from app.accounts.service import attempts
from app.core import clock
from app.core.db import Sessionmaker
from app.main import create_app, dispose_engines
from scripts.dev.engines import Engines
from tests.accounts.conftest import PASSWORD, Known, make_known
from tests.conftest import make_settings

LOGIN = "/staff/login"


async def reasons(session: AsyncSession) -> list[str]:
    found = await session.scalars(select(LoginAttempt.reason).order_by(LoginAttempt.created_at))
    return list(found)


async def test_password_and_code_open_a_session(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    answer = await client.post(LOGIN, data=doctor.form(next="/staff/alerts?x=1"))

    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/alerts?x=1"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert (await client.get("/staff/account")).status_code == 200
    assert await reasons(session) == ["ok"]


async def test_session_is_kept_as_a_hash_only(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    await client.post(LOGIN, data=doctor.form())

    kept = (await session.scalars(select(StaffSession.token_hash))).one()
    assert client.cookies[STAFF_COOKIE] not in kept


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"password": "wrong horse"}, "password"),
        ({"code": "000000"}, "code"),
        ({"username": "nobody"}, "username"),
    ],
)
async def test_wrong_credentials_all_get_the_same_answer(
    client: httpx.AsyncClient,
    session: AsyncSession,
    doctor: Known,
    wrong: dict[str, str],
    reason: str,
) -> None:
    answer = await client.post(LOGIN, data=doctor.form(**wrong))

    assert answer.status_code == 401
    assert "用户名、密码或动态码不对" in answer.text
    assert STAFF_COOKIE not in client.cookies
    assert await reasons(session) == [reason]


async def test_inactive_account_is_refused_like_a_wrong_password(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    gone = await make_known(session, is_active=False)

    answer = await client.post(LOGIN, data=gone.form())

    assert answer.status_code == 401
    assert await reasons(session) == ["inactive"]


async def test_one_time_code_works_one_time(client: httpx.AsyncClient, doctor: Known) -> None:
    given = doctor.form()
    first = await client.post(LOGIN, data=given)
    client.cookies.clear()

    again = await client.post(LOGIN, data=given)

    assert (first.status_code, again.status_code) == (303, 401)


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (1, 303), (2, 401)])
async def test_code_may_be_one_step_off(
    client: httpx.AsyncClient, doctor: Known, steps: int, status: int
) -> None:
    answer = await client.post(LOGIN, data=doctor.form(code=doctor.code(steps)))

    assert answer.status_code == status


async def test_fourth_failure_must_wait_and_right_password_does_not_help(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    for _ in range(3):
        await client.post(LOGIN, data=doctor.form(password="wrong"))

    answer = await client.post(LOGIN, data=doctor.form())

    assert answer.status_code == 429
    assert "秒后再试" in answer.text
    assert (await reasons(session))[-1] == "slowed"


async def test_wait_ends_and_success_forgets_the_failures(
    client: httpx.AsyncClient, doctor: Known
) -> None:
    for _ in range(3):
        await client.post(LOGIN, data=doctor.form(password="wrong"))

    with clock.frozen(clock.now() + timedelta(seconds=attempts.FIRST_WAIT_S + 1)):
        answer = await client.post(LOGIN, data=doctor.form())
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        later = await client.post(LOGIN, data=doctor.form(password="wrong"))

    assert answer.status_code == 303
    assert later.status_code == 401


async def test_hash_with_old_parameters_is_renewed_at_login(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    doctor = await make_known(session, password_hash=old)

    await client.post(LOGIN, data=doctor.form())

    account = await session.get_one(StaffAccount, doctor.id, populate_existing=True)
    assert account.password_hash != old


async def test_incomplete_form_says_what_is_missing_and_keeps_the_name(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    answer = await client.post(LOGIN, data={"username": "wang", "password": "x", "code": "12"})

    assert answer.status_code == 422
    assert "格式不对" in answer.text
    assert 'value="wang"' in answer.text
    assert 'value="x"' not in answer.text
    assert await session.scalar(select(func.count()).select_from(LoginAttempt)) == 0


async def test_login_form_of_another_site_is_refused(
    client: httpx.AsyncClient, doctor: Known
) -> None:
    client.headers["origin"] = "https://evil.example"

    answer = await client.post(LOGIN, data=doctor.form())

    assert answer.status_code == 403


@pytest.mark.parametrize("next_", ["https://evil.example/staff/x", "//evil.example", "/api/me", ""])
async def test_login_never_leads_to_another_site(
    client: httpx.AsyncClient, doctor: Known, next_: str
) -> None:
    answer = await client.post(LOGIN, data=doctor.form(next=next_))

    assert answer.headers["location"].startswith("/staff")


async def test_page_without_login_leads_to_login_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/staff/patients?cursor=abc")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/login?next=/staff/patients%3Fcursor%3Dabc"


async def test_partial_without_login_stays_on_the_page_where_somebody_may_have_typed(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/staff/patients/search", headers={"hx-request": "true"})

    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["weibu-session-over"] == "1"
    assert "hx-redirect" not in answer.headers


async def test_logout_ends_the_session_on_the_server(
    client: httpx.AsyncClient, doctor: Known
) -> None:
    await client.post(LOGIN, data=doctor.form())
    cookie = client.cookies[STAFF_COOKIE]

    await client.post("/staff/logout")
    client.cookies.set(STAFF_COOKIE, cookie)

    assert (await client.get("/staff/account")).status_code == 303


async def test_session_ends_after_its_hours(client: httpx.AsyncClient, doctor: Known) -> None:
    await client.post(LOGIN, data=doctor.form())

    with clock.frozen(clock.now() + timedelta(hours=12, seconds=1)):
        answer = await client.get("/staff/account")

    assert answer.status_code == 303


async def test_handed_out_password_opens_only_its_own_change(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    fresh = await make_known(session, must_change_password=True)
    asked = await client.post(LOGIN, data=fresh.form())
    assert STAFF_COOKIE not in client.cookies
    found = re.search(r'name="ticket"\s+value="([^"]+)"', asked.text)
    assert found
    ticket = found[1]

    short = {"ticket": ticket, "password": "short", "repeated": "short"}
    same = {"ticket": ticket, "password": PASSWORD, "repeated": PASSWORD}
    unlike = {"ticket": ticket, "password": "a whole new one", "repeated": "another one"}
    right = {"ticket": ticket, "password": "a whole new one", "repeated": "a whole new one"}
    address = "/staff/login/first-password"
    answers = [await client.post(address, data=d) for d in (short, same, unlike, right)]

    assert [a.status_code for a in answers] == [422, 422, 422, 303]
    assert STAFF_COOKIE in client.cookies
    assert (await client.post(address, data=right)).headers["location"].startswith("/staff/login")


async def test_forged_ticket_is_refused(client: httpx.AsyncClient) -> None:
    forged = {"ticket": "a.b.c", "password": "a whole new one", "repeated": "a whole new one"}

    answer = await client.post("/staff/login/first-password", data=forged)

    assert answer.headers["location"].startswith("/staff/login")


async def test_cookie_over_https_is_secure_and_bound_to_the_host(
    engines: Engines, sessions: Sessionmaker, doctor: Known
) -> None:
    app = create_app(make_settings(engines, public_origin="https://weibu.test"))
    app.state.sessions = sessions
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://weibu.test") as client:
        answer = await client.post(LOGIN, data=doctor.form())
        inside = await client.get("/staff/account")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-weibu_staff=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert inside.status_code == 200
    await app.state.http.aclose()
    await dispose_engines(app)


async def test_name_that_no_column_can_hold_is_a_bad_request(client: httpx.AsyncClient) -> None:
    form = {"username": "wang\x00", "password": "x", "code": "123456"}

    answer = await client.post(LOGIN, data=form)

    assert answer.status_code == 400


async def test_capitals_and_a_gap_in_the_code_are_forgiven(
    client: httpx.AsyncClient, doctor: Known
) -> None:
    code = doctor.code()
    form = doctor.form(username="Wang", code=f"{code[:3]} {code[3:]}")

    answer = await client.post(LOGIN, data=form)

    assert answer.status_code == 303
