"""The matrix: every route × every role × own and foreign, against a table a reviewer reads."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount, StaffSession
from app.core import clock, docs
from app.core.limits import Limits
from app.features import FEATURES
from app.institutions.models import Institution, StaffMember
from app.patients.scopes import READ_RECORD
from tests.accounts.factories import make_wechat_account, staff_client, wechat_client
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_access_change
from tests.medication import factories as make
from tests.routes import Route, routes_of

pytestmark = pytest.mark.usefixtures("noon")
TABLE = Path(__file__).parent / "access_matrix.txt"
MADE = Path(__file__).parent.parent / ".weibu/access_matrix.txt"
# These reach the row through the actor themselves, in one statement or between two transactions.
LOADS_ITSELF = {
    "/api/recordings/{recording_id}/uploaded",
    "/api/reviews/{recording_id}/verdict",
}
ROLES = ("wechat", *Role)
# For people, and for WeChat, but no part of the JSON API.
UNDOCUMENTED = {"/docs", *docs.PAGES, "/wechat/push"}
HEADERS = {"Idempotency-Key": "access-matrix"}
AT = "2026-09-10T12:00:00+08:00"
# Whoever loads the row itself sees the body first.
BODIES: dict[str, dict[str, Any]] = {
    "/api/recordings/{recording_id}/uploaded": {"sent_at": AT},
    "/api/reviews/{recording_id}/verdict": {
        "verdict": "observed", "reason": None, "comment": None, "tablets": None,
        "watched_ms": 1, "opened_at": AT, "played_rate": 1,
    },
}  # fmt: skip


@pytest.fixture
def routes(app: FastAPI) -> list[Route]:
    return routes_of(app)


def test_every_route_is_walked(app: FastAPI, routes: list[Route]) -> None:
    walked = {(r.path, r.method.lower()) for r in routes}
    documented = {(p, m) for p, item in app.openapi()["paths"].items() for m in item}
    pages = {(r.path, r.method.lower()) for r in routes if r.is_page or r.path in UNDOCUMENTED}

    assert documented
    assert pages
    assert walked == documented | pages


def test_the_table_is_what_the_code_declares(routes: list[Route]) -> None:
    made = "".join(f"{route.line}\n" for route in routes)
    MADE.parent.mkdir(exist_ok=True)
    MADE.write_text(made)

    assert made == TABLE.read_text(), f"read the difference, then: cp {MADE} {TABLE}"


def test_every_id_of_a_path_is_taken_by_a_loader(routes: list[Route]) -> None:
    without = {r.path for r in routes if not all(r.taken_by.get(n) for n in r.ids)}

    assert without == LOADS_ITSELF


@dataclass
class World:
    """One browser or phone a role, and two sets of rows: theirs, and a stranger's."""

    clients: dict[str, httpx.AsyncClient]
    own: dict[str, object]
    foreign: dict[str, object]


async def _rows(session: AsyncSession, home: Institution) -> tuple[dict[str, object], Any, Any]:
    """One of everything in one institution."""
    team = await make.make_team(session, institution=home)
    doctor = await make.make_staff(session, team=team)
    patient = await make.make_patient(session, team=team)
    treatment = await make.make_treatment(session, patient=patient, started_by=doctor.id)
    dose = await make.make_dose(session, patient=patient, treatment=treatment)
    film = await make.make_recording(session, dose=dose)
    on = clock.today_in("Asia/Shanghai")
    staff_session = StaffSession(
        staff_account_id=doctor.id, token_hash=f"hash-{doctor.id}",
        expires_at=clock.now().replace(year=2027), device="Linux · Chrome",
    )  # fmt: skip
    session.add(staff_session)
    await session.flush()
    hold = await make.make_hold(session, treatment=treatment, from_on=on, to_on=on)
    review = await make.make_review(
        session, recording=await _decided(session, patient), reviewer=doctor
    )
    rows: dict[str, object] = {
        "patient_id": patient.id,
        "treatment_id": treatment.id,
        "dose_id": dose.id,
        "recording_id": film.id,
        "review_id": review.id,
        "report_id": (await make.make_entry(session, patient=patient, staff=doctor)).id,
        "hold_id": hold.id,
        "alert_id": (await make.make_alert(session, treatment=treatment)).id,
        "team_id": team.id,
        "institution_id": home.id,
        "absence_id": (await make.make_absence(session, staff=doctor)).id,
        "staff_id": doctor.id,
        "session_id": staff_session.id,
        "job_id": 123456789,
        "template_id": (await make.make_template(session, author=doctor)).id,
        "voice_id": (await make.make_voice(session, author=doctor)).id,
    }
    return rows, doctor, patient


async def _asked(session: AsyncSession, own: StaffMember, other: StaffMember) -> dict[str, object]:
    """Make what this operator asked for, and what another one did."""
    return {
        "change_id": (await make_access_change(session, requested_by=own)).id,
        "confirmation_id": (await make_access_change(session, requested_by=other)).id,
    }


async def _decided(session: AsyncSession, patient: Any) -> Any:
    return await make.make_recording(session, dose=await make.make_dose(session, patient=patient))


async def make_world(app: FastAPI, session: AsyncSession) -> World:
    """Make an own and a foreign institution with one of everything; who asks closes the clients."""
    app.state.wechat = FakeWeChat()
    home, elsewhere = await make.make_institution(session), await make.make_institution(session)
    own, doctor, patient = await _rows(session, home)
    foreign, _, _ = await _rows(session, elsewhere)
    clients = {
        "wechat": wechat_client(app, patient.wechat_account_id),
        "doctor": await staff_client(app, session, doctor.id),
    }
    for role in (Role.SUPERVISOR, Role.OPERATOR, Role.RECORDS_CLERK):
        staff = await make.make_staff(session, institution=home, roles=[role])
        clients[role] = await staff_client(app, session, staff.id)
        if role is Role.OPERATOR:
            fellow, stranger = [
                await make.make_staff(session, institution=place, roles=[role])
                for place in (home, elsewhere)
            ]
            own |= await _asked(session, staff, fellow)
            foreign |= await _asked(session, stranger, stranger)
    return World(clients, own, foreign)


@pytest.fixture
async def world(app: FastAPI, session: AsyncSession) -> AsyncIterator[World]:
    made = await make_world(app, session)
    async with AsyncExitStack() as stack:
        for client in made.clients.values():
            await stack.enter_async_context(client)
        yield made


async def call(
    client: httpx.AsyncClient, route: Route, ids: dict[str, object], **headers: str
) -> httpx.Response:
    path = route.path
    for name in route.ids:
        path = path.replace(f"{{{name}}}", str(ids[name]))
    path = path.format(
        month="2026-09", code="ABCD2345EFGH", purpose="health_record", day="2026-10-01"
    )
    body = None if route.is_page else BODIES.get(route.path, {})
    json = None if route.method == "GET" else body
    return await client.request(route.method, path, json=json, headers=HEADERS | headers)


def _sent_to_login(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/staff/login")


def _not_logged_in(route: Route, answer: httpx.Response) -> bool:
    return _sent_to_login(answer) if route.is_page else answer.status_code == 401


async def test_without_credentials_only_public_routes_answer(
    client: httpx.AsyncClient, routes: list[Route], world: World
) -> None:
    wrong = [
        f"{route.line}: {answer.status_code}"
        for route in routes
        if route.roles
        and not _not_logged_in(route, answer := await call(client, route, world.foreign))
    ]

    assert wrong == []


async def test_a_wrong_role_is_refused(routes: list[Route], world: World) -> None:
    """401 where the credential is of the other kind, 403 where the role is missing."""
    wrong = []
    for route in (r for r in routes if r.roles):
        for role in set(ROLES) - route.roles:
            answer = await call(world.clients[role], route, world.own)
            other_kind = "wechat" in {role, *route.roles}
            fits = _not_logged_in(route, answer) if other_kind else answer.status_code == 403
            if not fits:
                wrong.append(f"{role} at {route.line}: {answer.status_code}")

    assert wrong == []


async def test_a_stranger_finds_nothing(routes: list[Route], world: World) -> None:
    """404 for another's row, as for one that does not exist; never 403."""
    wrong = []
    for route in (r for r in routes if r.ids):
        for role in route.roles:
            answer = await call(world.clients[role], route, world.foreign)
            if answer.status_code != 404:
                wrong.append(f"{role} at {route.line}: {answer.status_code}")

    assert wrong == []


# Who has no such row of their own, or comes after another has ended it.
WITHOUT_OWN = {
    "session_id": {"supervisor", "operator", "records_clerk"},
    "review_id": {"supervisor"},
    "hold_id": {"supervisor"},
    "job_id": {"operator"},
    "absence_id": {"supervisor"},
    "confirmation_id": {"doctor"},
}


async def test_the_owner_is_let_in(routes: list[Route], world: World) -> None:
    """So that the 404 above comes from the loader, and not from a broken address."""
    wrong = []
    # Patients before staff, who may unbind them; operators last, who may dismiss the staff.
    order = sorted(routes, key=lambda r: (r.roles == {Role.OPERATOR}, "wechat" not in r.roles))
    for route in (r for r in order if r.ids):
        strangers = set().union(*(WITHOUT_OWN.get(name, set()) for name in route.ids))
        for role in route.roles - strangers:
            answer = await call(world.clients[role], route, world.own)
            refused = answer.status_code in {401, 403, 404} or _sent_to_login(answer)
            if refused or answer.status_code >= 500:
                wrong.append(f"{role} at {route.line}: {answer.status_code} {answer.text[:200]}")

    assert wrong == []


HOSTILE_PATHS = ("%00", "a%00b", "%ED%A0%80", "%FF", "9" * 400, "-1", "0001-01", "%D9%A3")
HOSTILE_BODIES = (
    b"", b"null", b"NaN", b"[" * 60_000, b"1" * 60_000, b'"\\ud800"', b'{"\\u0000": 1}',
    b"\xff\xfe", b'{"a": 1e99999}',
)  # fmt: skip


async def test_no_address_breaks_a_route(app: FastAPI, routes: list[Route], world: World) -> None:
    """Nor a value of a query, given twice; what is not understood is answered in words."""
    wrong = []
    for route in (r for r in routes if _is_screen(r)):
        client = world.clients[min(route.roles, default="wechat")]
        end = "cursor={0}&cursor=&month={0}&days={0}&q={0}&next={0}&actor_id={0}&{0}"
        if "{" in route.path:
            addresses = [re.sub(r"{\w+}", value, route.path) for value in HOSTILE_PATHS]
        else:
            addresses = [f"{route.path}?{end.format(value)}" for value in HOSTILE_PATHS[:4]]
        app.state.limits = Limits(None)
        for address in addresses:
            answer = await client.request(route.method, address, headers=HEADERS)
            if answer.status_code >= 500:
                wrong.append(f"{route.method} {address}: {answer.status_code}")

    assert wrong == []


async def test_no_body_breaks_a_route(app: FastAPI, routes: list[Route], world: World) -> None:
    wrong = []
    types = ("application/json", "application/x-www-form-urlencoded")
    for route in (r for r in routes if r.method != "GET" and _is_screen(r)):
        client = world.clients[min(route.roles, default="wechat")]
        path = re.sub(r"{(\w+)}", lambda found: str(world.own.get(found[1], "x")), route.path)
        app.state.limits = Limits(None)
        for body, kind in product(HOSTILE_BODIES, types):
            headers = HEADERS | {"content-type": kind}
            answer = await client.request(route.method, path, content=body, headers=headers)
            if answer.status_code >= 500:
                wrong.append(f"{route.line} {body[:9]!r} {kind}: {answer.status_code}")

    assert wrong == []


def _is_screen(route: Route) -> bool:
    return "{code}" not in route.path and route.path != "/wechat/push"


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}], ids=["whole", "part"])
async def test_every_screen_of_ones_own_opens(
    routes: list[Route], world: World, headers: dict[str, str]
) -> None:
    wrong = []
    closed = "/api/me/ending"  # of a record that its team has closed, and of no other
    screens = (r for r in routes if r.method == "GET" and not r.ids and r.path != closed)
    for route in filter(_is_screen, screens):
        for role in route.roles or {"wechat"}:
            answer = await call(world.clients[role], route, world.own, **headers)
            if answer.status_code not in {200, 204, 303} or _sent_to_login(answer):
                wrong.append(f"{role} at {route.line}: {answer.status_code}")

    assert wrong == []


async def test_an_unbound_phone_reaches_no_record(
    app: FastAPI, session: AsyncSession, routes: list[Route], world: World
) -> None:
    stranger = await make_wechat_account(session)
    wrong = []
    async with wechat_client(app, stranger.id) as phone:
        for route in (r for r in routes if "wechat" in r.roles and r.loaders):
            answer = await call(phone, route, world.own)
            if (answer.status_code, answer.json()["type"]) != (403, "not-bound"):
                wrong.append(f"{route.line}: {answer.status_code}")

    assert wrong == []


# These reach no patient's record: who is asking, consents, the codes of a PC's screen, binding.
WITHOUT_RECORD = {
    "/api/bindings",
    "/api/bindings/lookup",
    "/api/consents",
    "/api/consents/{purpose}/withdraw",
    "/api/staff-scans/lookup",
    "/api/staff-scans/confirm",
}
# What the law leaves to a person who withdrew consent.
WITHOUT_CONSENT = {"/api/me/close", "/api/me/ending", "/api/me/export", "/api/me/views"}


def test_every_record_a_phone_reaches_is_an_own_record(routes: list[Route]) -> None:
    """It says who holds the phone and what they may do; family needs no route to be touched."""
    of_phone = [r for r in routes if r.roles == {"wechat"} and r.path not in LOADS_ITSELF]
    loaded = {r.path: set(r.loaders) for r in of_phone}

    assert {path for path, loaders in loaded.items() if "own_record" not in loaders} == (
        WITHOUT_RECORD | WITHOUT_CONSENT
    )
    assert {path for path, loaders in loaded.items() if "bound_record" in loaders} == (
        WITHOUT_CONSENT
    )


def test_every_scope_a_route_asks_for_is_declared(routes: list[Route]) -> None:
    asked = {name for r in routes for name in r.loaders if name.startswith("scope:")}

    assert asked
    assert {name.removeprefix("scope:") for name in asked} <= FEATURES.scopes


async def test_what_was_not_granted_is_refused(app: FastAPI, world: World) -> None:
    app.state.features = replace(FEATURES, scopes=FEATURES.scopes - {READ_RECORD.code})

    answer = await world.clients["wechat"].get("/api/me")

    assert (answer.status_code, answer.json()["type"]) == (403, "scope-not-granted")
    assert answer.json()["scope"] == READ_RECORD.code


async def test_a_token_of_another_key_is_nobodys(app: FastAPI, world: World) -> None:
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"token_key": SecretStr("x" * 40)})

    answer = await world.clients["wechat"].get("/api/me")

    assert answer.status_code == 401


async def test_an_ended_session_and_a_dismissed_person_are_out_at_once(
    session: AsyncSession, world: World
) -> None:
    doctor = world.clients["doctor"]
    assert (await doctor.get("/api/reviews/summary")).status_code == 200
    account = await session.get_one(StaffAccount, UUID(str(world.own["staff_id"])))

    account.is_active = False
    await session.flush()

    assert (await doctor.get("/api/reviews/summary")).status_code == 401
