"""Every write leaves a row in the trail, and every name shown one that the patient can read."""

import ast
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.accounts.words import DETAIL
from app.core.ids import uuid7
from app.features import FEATURES
from app.patients.models import Patient
from tests.routes import Route
from tests.test_access import World, call, routes, world  # noqa: F401 fixtures

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.usefixtures("noon")
ROW = "an append-only row of its own says who and when"
OWN = "a person's own log-in: accounts keep attempts and sessions as rows"
NOTHING = "changes nothing that is kept of a person"
# Writing routes that may leave no row in the trail, and why. A new route goes here or leaves one.
WITHOUT_ROW = {
    "/api/auth/wechat": OWN,
    "/api/bindings/lookup": NOTHING,
    "/api/admin/guide-voices/{voice_id}/uploaded": "its announcement left one",
    "/api/client-errors": NOTHING,
    "/api/doses/{dose_id}/recordings": ROW,
    "/api/doses/{dose_id}/reports": ROW,
    "/api/doses/{dose_id}/side-effects": ROW,
    "/api/recordings/{recording_id}/uploaded": ROW,
    "/api/notices/read": NOTHING,
    "/api/reviews/keep": NOTHING,
    "/api/reviews/next": "leaves one for the film it hands out; here none waits",
    "/api/reviews/release": NOTHING,
    "/api/reviews/{recording_id}/verdict": ROW,
    "/api/reviews/{review_id}/undo": ROW,
    "/api/staff-scans/lookup": NOTHING,
    "/staff/account/sessions/end-others": OWN,
    "/staff/account/sessions/{session_id}/end": OWN,
    "/staff/account/wechat": OWN,
    "/staff/account/wechat/refuse": OWN,
    "/staff/inbox/read": NOTHING,
    "/staff/login": OWN,
    "/staff/login/code": OWN,
    "/staff/login/code/claim": OWN,
    "/staff/logout": OWN,
    "/staff/patients/find": "leaves one for each patient shown",
    "/staff/patients/search": "leaves one for each patient shown",
    "/staff/patients/{patient_id}/merge/search": "leaves one for each patient shown",
    "/wechat/push": "a message of WeChat, kept as a row",
}
SHOWN = "tests/institutions/test_changes_shown.py"
# Held by tests of their own, where a whole story is needed before the write.
ELSEWHERE = {
    "/api/staff-scans/confirm": "tests/accounts/test_scans.py",
    "/staff/account/password": "tests/accounts/test_passwords.py",
    "/staff/account/wechat/accept": "tests/accounts/test_linking_a_phone.py",
    "/staff/account/wechat/unlink": "tests/accounts/test_linking_a_phone.py",
    "/staff/login/first-password": "tests/accounts/test_passwords.py",
    "/api/bindings": "tests/patients/test_bindings.py",
    "/api/consents": "tests/accounts/test_consents.py",
    "/staff/doses/{dose_id}/seen": "tests/medication/test_changes_audited.py",
    "/staff/dose-reports/{report_id}/correct": "tests/medication/test_corrected_entries.py",
    "/staff/reviews/{review_id}/correct": "tests/medication/test_corrected_verdicts.py",
    "DELETE /api/admin/calendar/{day}": "tests/institutions/test_calendar.py",
    "/api/admin/jobs/{job_id}/retry": "tests/institutions/test_records.py",
    "/staff/failed-jobs/{job_id}/retry": "tests/jobs/test_failed.py",
    "/api/admin/institutions/{institution_id}/merge": "tests/institutions/test_lifecycle.py",
    "/api/admin/institutions/{institution_id}/close": "tests/institutions/test_lifecycle.py",
    "/api/admin/institutions/{institution_id}/reopen": "tests/institutions/test_lifecycle.py",
    "/api/admin/teams/{team_id}/merge": "tests/institutions/test_lifecycle.py",
    "/api/admin/teams/{team_id}/close": "tests/patients/test_teams.py",
    "/api/admin/teams/{team_id}/reopen": "tests/patients/test_teams.py",
    "/staff/patients/{patient_id}/merge": "tests/patients/test_merging.py",
    "/staff/alerts/{alert_id}/take-back": "tests/alerts/test_pages.py",
    "/staff/alerts/{alert_id}/hand-over": "tests/alerts/test_pages.py",
    "/staff/patients/{patient_id}/severe": "tests/medication/test_severe_decided.py",
    "/staff/doses/{dose_id}/reschedule": "tests/medication/test_changes_audited.py",
    "/staff/treatments/{treatment_id}/edit": "tests/medication/test_changes_audited.py",
    "/staff/treatments/{treatment_id}/correct-stop": "tests/medication/test_stops_corrected.py",
    "/staff/patients/{patient_id}/treatments/new": "tests/medication/test_changes_audited.py",
    "/staff/patients/{patient_id}/binding": "tests/patients/test_bindings.py",
    "/staff/patients/{patient_id}/reopen": "tests/patients/test_ended_records.py",
    "/api/admin/institutions": "tests/institutions/test_admin.py",
    "/api/admin/staff": "tests/institutions/test_admin.py",
    "/api/admin/staff/{staff_id}/absences": "tests/institutions/test_absences.py",
    "/staff/absences": "tests/institutions/test_absences.py",
    "/staff/absences/{absence_id}/end": "tests/institutions/test_absences.py",
    "/api/admin/absences/{absence_id}/end": "tests/institutions/test_absences.py",
    "/api/admin/access-changes/{change_id}/cancel": SHOWN,
    "/api/admin/confirmations/{confirmation_id}/confirm": SHOWN,
    "/api/admin/confirmations/{confirmation_id}/refuse": SHOWN,
    "/staff/confirmations/{confirmation_id}/confirm": SHOWN,
    "/staff/confirmations/{confirmation_id}/refuse": SHOWN,
    "/api/treatment-templates": "tests/medication/test_templates_routes.py",
    "/api/treatment-templates/{template_id}/withdraw": (
        "tests/medication/test_templates_routes.py"
    ),
    "/staff/holds/{hold_id}/end": "tests/medication/test_changes_audited.py",
}
RECORD = {
    "name": "王五", "phone": "13900001111", "sex": "female", "birth_on": "1958-03-05",
    "conditions": "tuberculosis",
}  # fmt: skip


def bodies(own: dict[str, object]) -> dict[str, dict[str, Any]]:
    """For each writing route that can be called just so: what a person sends."""
    team, home = str(own["team_id"]), str(own["institution_id"])
    on = {"from_on": "2026-09-11", "to_on": "2026-09-12"}
    return {
        "/api/admin/calendar/{day}": {"kind": "holiday", "name": "国庆节"},
        "/api/admin/institutions/{institution_id}/name": {"name": "新名", "version": 1},
        "/api/admin/institutions/{institution_id}/contacts": {
            "address": None, "phone": "023-68001234", "on_call_phone": None,
            "opening_hours": {}, "version": 1,
        },
        "/api/admin/institutions/{institution_id}/guide-voices": {
            "step": "mouth", "content_type": "audio/mpeg", "size": 40_000,
        },
        "/api/admin/guide-voices/{voice_id}/remove": {},
        "/api/admin/staff/{staff_id}/credentials": {},
        "/api/admin/staff/{staff_id}/deactivate": {},
        "/api/admin/staff/{staff_id}/reactivate": {},
        "/api/admin/staff/{staff_id}/end-sessions": {},
        "/api/admin/staff/{staff_id}/move": {"institution_id": home},
        "/api/admin/staff/{staff_id}/name": {"name": "王医生"},
        "/api/admin/staff/{staff_id}/title": {"title": "nurse"},
        "/api/admin/staff/{staff_id}/roles": {"roles": ["doctor", "supervisor"]},
        "/api/admin/teams": {
            "institution_id": home, "name": "新团队", "phone": None, "on_call_phone": None,
        },
        "/api/admin/teams/{team_id}/members": {"staff_ids": [], "version": 1},
        "/api/admin/teams/{team_id}/name": {"name": "新名", "version": 1},
        "/api/admin/teams/{team_id}/contacts": {
            "phone": "023-68001234", "on_call_phone": None, "version": 1,
        },
        "/api/consents/{purpose}/withdraw": {},
        "/api/me/close": {"confirm": True},
        "/staff/alerts/{alert_id}/seen": {"back": "/staff/alerts"},
        "/staff/alerts/{alert_id}/handle": {
            "action_taken": "电话随访", "times_raised": "1", "back": "/staff/alerts",
        },
        "/staff/patients/new": RECORD | {"team_id": team, "key": "made-once-only"},
        "/staff/patients/{patient_id}/edit": RECORD | {"team_id": team, "version": "1"},
        "/staff/patients/{patient_id}/contacts": {
            "kind": "called", "note": "", "key": "contact-of-a-test",
        },
        "/staff/patients/{patient_id}/unbind": {"version": "1"},
        "/staff/patients/{patient_id}/close": {
            "reason": "died", "closed_on": "2026-09-10", "version": "1", "key": "close-of-a-test",
        },
        "/staff/treatments/{treatment_id}/hold": on | {
            "reason": "住院治疗", "key": "hold-of-a-test",
        },
        "/staff/treatments/{treatment_id}/stop": {
            "stopped_on": "2026-09-10", "outcome": "completed",
        },
    }  # fmt: skip


@asynccontextmanager
async def undone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Take back what happens inside, so that the next route finds the world as it was."""
    inner = await connection.begin_nested()
    try:
        yield
    finally:
        await inner.rollback()


def parts_of(detail: dict[str, Any]) -> set[str]:
    """List what an operator must be able to read: keys, which change it is, which fields."""
    return {*detail, *detail.get("fields", []), *([detail["code"]] if "code" in detail else [])}


async def rows(session: AsyncSession) -> int:
    return (await session.scalars(select(func.count()).select_from(AuditEvent))).one()


def writing(routes: list[Route]) -> list[Route]:  # noqa: F811
    return [r for r in routes if r.method != "GET"]


async def send(client: httpx.AsyncClient, route: Route, world: World) -> httpx.Response:  # noqa: F811
    path = route.path
    for name in route.ids:
        path = path.replace(f"{{{name}}}", str(world.own[name]))
    path = path.format(purpose="health_record", day="2027-10-01", code="ABCD2345EFGH", month="")
    body = bodies(world.own).get(route.path, {})
    given: dict[str, Any] = {"data": body} if route.is_page else {"json": body}
    headers = {"Idempotency-Key": str(uuid7())}
    return await client.request(route.method, path, headers=headers, **given)


def name_of(route: Route) -> str:
    """Its address; a DELETE stands beside the PUT of the same address."""
    return f"DELETE {route.path}" if route.method == "DELETE" else route.path


def details_in(path: Path) -> Iterator[str]:
    """List the keys and codes that a module writes into the trail, as far as they stand there."""
    tree = ast.parse(path.read_text())
    if "audit.record" not in path.read_text():
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "detail":
            yield from keys_of(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("audit.record"):
            yield from (key for k in node.keywords if k.arg == "detail" for key in keys_of(k.value))
        if isinstance(node, ast.keyword) and node.arg == "code":
            yield from constants(node.value)


def keys_of(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Dict):
        for key, said in zip(value.keys, value.values, strict=True):
            yield from constants(key)
            if list(constants(key)) == ["code"]:
                yield from constants(said)


def constants(value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def test_every_writing_route_is_thought_of(routes: list[Route], world: World) -> None:  # noqa: F811
    known = WITHOUT_ROW.keys() | ELSEWHERE.keys() | bodies(world.own).keys()
    names = [name_of(r) for r in writing(routes)]

    assert len(names) == len(set(names)), "two writes at one address: name them by method"
    assert set(names) - known == set(), "leave a row, or say why not"
    assert known - set(names) == set()
    assert {f for f in ELSEWHERE.values() if "AuditEvent" not in (ROOT / f).read_text()} == set()
    assert WITHOUT_ROW.keys() & bodies(world.own).keys() == set()


def test_every_detail_has_a_word_for_operators() -> None:
    said = {part for path in ROOT.glob("app/**/*.py") for part in details_in(path)}

    assert {"code", "before", "same_network", "team_followed", "wechat_closed"} <= said
    assert said - FEATURES.words.words[DETAIL].keys() == set(), "these have no Chinese word"


async def test_every_write_leaves_a_row(
    routes: list[Route],  # noqa: F811
    world: World,  # noqa: F811
    session: AsyncSession,
    connection: AsyncConnection,
) -> None:
    silent: list[str] = []
    parts: set[str] = set()
    for route in writing(routes):
        if name_of(route) not in bodies(world.own):
            continue
        role = next(r for r in ("wechat", *Role) if r in route.roles)
        async with undone(connection):
            before = await rows(session)
            answer = await send(world.clients[role], route, world)
            if answer.status_code >= 400 or await rows(session) == before:
                silent.append(f"{role} at {route.line}: {answer.status_code} {answer.text[:300]}")
            details = await session.scalars(select(AuditEvent.detail))
            parts |= {part for detail in details for part in parts_of(detail or {})}

    assert silent == []
    assert "fields" in parts
    assert parts - FEATURES.words.words[DETAIL].keys() == set(), "these have no Chinese word"


async def test_every_name_that_a_page_shows_leaves_a_row_that_the_patient_reads(
    routes: list[Route],  # noqa: F811
    world: World,  # noqa: F811
    session: AsyncSession,
    connection: AsyncConnection,
) -> None:
    """Lists, partials and forms that come back refused, too."""
    patient_id, name = UUID(str(world.own["patient_id"])), "欧阳独一"
    await session.execute(update(Patient).where(Patient.id == patient_id).values(name=name))
    shown = [a.code for a in FEATURES.audit_actions.values() if a.shown]
    noted = select(func.count()).where(
        AuditEvent.patient_id == patient_id, AuditEvent.action.in_(shown)
    )
    silent, told = [], set()
    for route in (r for r in routes if r.roles & {"doctor", "supervisor"}):
        for role in route.roles - {"wechat", "operator"}:
            async with undone(connection):
                answer = await call(world.clients[role], route, world.own)
                if name in answer.text:
                    told.add(route.path)
                    if not (await session.scalars(noted)).one():
                        silent.append(f"{role} at {route.line}: {answer.status_code}")

    assert silent == []
    assert {"/staff", "/staff/alerts", "/staff/patients"} <= told
    assert {"/staff/patients/{patient_id}/edit", "/staff/doses/{dose_id}/seen"} <= told
