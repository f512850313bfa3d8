"""Calls each route so that it does what it is for: for tests that walk all of them.

A writing route without a body here, or in `test_audited.bodies`, is refused as invalid, and the
tests that walk say so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.alerts.models import AlertState
from app.core import clock
from app.core.db import Sessionmaker
from app.core.ids import uuid7
from app.institutions.models import CalendarDay, DayKind, Institution, StaffMember, Team, Tier
from app.medication.models import Recording, Treatment
from app.notifications.models import Notice
from app.patients.models import Patient
from app.patients.service import binding_codes
from scripts.wechat_standin.server import Config, Standin
from tests.accounts.conftest import PASSWORD, PASSWORD_HASH, Known
from tests.accounts.factories import actor_of, make_wechat_account, wechat_client
from tests.accounts.scanning import LINK, handset, show
from tests.accounts.test_consents import HEALTH, VIDEO, yes
from tests.accounts.test_passwords import first, ticket_of
from tests.accounts.test_wechat_push import TARGET, Letter, configure
from tests.accounts.test_wechat_push import order as pushed
from tests.conftest import ORIGIN
from tests.jobs.queue import failed_job
from tests.medication import factories as make
from tests.medication.phone import Phone, post_film
from tests.medication.test_pages_treatments import order
from tests.medication.test_templates_routes import template
from tests.patients.ending import end_record
from tests.routes import Route
from tests.test_access import BODIES, World, make_world
from tests.test_audited import bodies

DAY = date(2027, 10, 1)
FILM = b"not looked at before the worker does" * 100
NEW_PASSWORD = "a whole new secret"
# Where a role is named: the first of a route's roles is not who can do it here.
ROLES: dict[str, str] = {
    "/staff/confirmations/{confirmation_id}/confirm": Role.SUPERVISOR,
    "/staff/confirmations/{confirmation_id}/refuse": Role.SUPERVISOR,
    "/api/me/ending": "ended",
    "/api/bindings": "stranger",
    "/api/bindings/lookup": "stranger",
    "/api/consents": "stranger",
}


@dataclass
class Scene:
    """A world that is committed, and what else a call of one of its routes needs."""

    app: FastAPI
    world: World
    known: Known
    rows: dict[str, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def client(self, route: Route) -> httpx.AsyncClient:
        usual = next((r for r in ("wechat", *Role) if r in route.roles), "anybody")
        return self.world.clients[ROLES.get(route.path, usual)]

    def path(self, route: Route) -> str:
        ids = self.world.own | self._other_ids().get(route.path, {})
        path = route.path
        for name in route.ids:
            path = path.replace(f"{{{name}}}", str(ids[name]))
        return path.format(purpose="health_record", day=DAY, month="2026-09")

    def _other_ids(self) -> dict[str, dict[str, UUID]]:
        """Rows that some routes ask for in another state than the world's."""
        admin, rows = "/api/admin", self.rows
        empty, team = rows["empty"].id, rows["empty_team"].id
        return {
            f"{admin}/institutions/{{institution_id}}/close": {"institution_id": empty},
            f"{admin}/institutions/{{institution_id}}/merge": {"institution_id": empty},
            f"{admin}/teams/{{team_id}}/close": {"team_id": team},
            f"{admin}/teams/{{team_id}}/merge": {"team_id": team},
            "/staff/alerts/{alert_id}/take-back": {"alert_id": rows["handled"].id},
            "/staff/patients/{patient_id}/reopen": {"patient_id": rows["ended"].id},
        }

    def body(self, route: Route, number: int) -> dict[str, Any]:
        own = bodies(self.world.own) | BODIES | self._bodies(number)
        return own.get(route.path, {})

    def _bodies(self, number: int) -> dict[str, dict[str, Any]]:
        """For each writing route that `test_audited` does not call: what a person sends."""
        return self._of_operators(number) | self._of_phones(number) | self._of_staff(number)

    def _of_operators(self, number: int) -> dict[str, dict[str, Any]]:
        home = str(self.world.own["institution_id"])
        return {
            "/api/admin/institutions": {
                "parent_id": home, "tier": "village_clinic", "name": f"新{number}",
            },
            "/api/admin/institutions/{institution_id}/merge": {
                "into_id": str(self.rows["into"].id),
            },
            "/api/admin/staff": {
                "username": f"new.{number}", "name": "新医生", "title": "nurse",
                "institution_id": home, "roles": ["doctor"],
            },
            "/api/admin/staff/{staff_id}/absences": self._absence(),
            "/api/admin/teams/{team_id}/merge": {"into_id": str(self.world.own["team_id"])},
            "/api/treatment-templates": template(f"新模板{number}"),
        }  # fmt: skip

    def _of_phones(self, number: int) -> dict[str, dict[str, Any]]:
        at = clock.now().isoformat()
        phone = Phone(self.rows["patient"], self.world.clients["wechat"])
        return {
            "/api/auth/wechat": {"code": f"code-{number}"},
            "/api/bindings": {"code": self.rows["code"]} | yes(HEALTH, VIDEO),
            "/api/bindings/lookup": {"code": self.rows["code"]},
            "/api/client-errors": {
                "kind": "render", "message": "x", "stack": [], "page": "pages/today/index",
                "version": "1.0.0", "base_library": "3.0.0",
            },
            "/api/consents": yes(HEALTH, VIDEO),
            "/api/doses/{dose_id}/recordings": phone.film(self.rows["dose"]),
            "/api/doses/{dose_id}/reports": {"taken": True, "reason": "no_signal", "note": None},
            "/api/doses/{dose_id}/side-effects": {
                "symptoms": ["nausea"], "note": None, "reported_at": at,
            },
            "/api/notices/read": {"until": str(self.rows["notice"].id)},
            "/api/staff-scans/lookup": {"code": self.said.get("code", "")},
            "/api/staff-scans/confirm": {"code": self.said.get("code", ""), "number": None},
        }  # fmt: skip

    def _of_staff(self, number: int) -> dict[str, dict[str, Any]]:
        film, today = str(self.world.own["recording_id"]), clock.today_in("Asia/Shanghai")
        return {
            "/api/reviews/keep": {"holding": [film]},
            "/api/reviews/next": {"holding": []},
            "/api/reviews/release": {"recording_ids": [film]},
            "/staff/absences": self._absence(),
            "/staff/account/password": {
                "present": PASSWORD, "password": NEW_PASSWORD, "repeated": NEW_PASSWORD,
            },
            "/staff/account/wechat": {"link_password": PASSWORD},
            "/staff/alerts/{alert_id}/hand-over": {"staff_id": str(self.rows["colleague"].id)},
            "/staff/alerts/{alert_id}/take-back": {"note": "记错了人"},
            "/staff/doses/{dose_id}/reschedule": {"to_on": "2026-09-12"},
            "/staff/dose-reports/{report_id}/correct": {"why": "登记错了人"},
            "/staff/reviews/{review_id}/correct": {"why": "看错了日期"},
            "/staff/doses/{dose_id}/seen": {"kind": "in_person", "key": f"seen-key-{number}"},
            "/staff/inbox/read": {"until": str(self.rows["news"].id)},
            "/staff/login": self.known.form(),
            "/staff/login/first-password": first(self.said.get("ticket", ""), NEW_PASSWORD),
            "/staff/patients/search": {"q": "李"},
            "/staff/patients/find": {"q": "李"},
            "/staff/patients/{patient_id}/reopen": {"why": "记错了人", "version": "2"},
            "/staff/patients/{patient_id}/merge": {
                "into_id": str(self.rows["kept"].id), "version": "1", "into_version": "1",
            },
            "/staff/patients/{patient_id}/merge/search": {"q": self.rows["patient"].phone},
            "/staff/patients/{patient_id}/severe": {"note": "好", "key": f"severe-key-{number}"},
            "/staff/patients/{patient_id}/treatments/new": order(
                today, key=f"order-key-{number}", another="yes"
            ),
            "/staff/treatments/{treatment_id}/correct-stop": {"taken_back": "yes", "why": "记错"},
            "/staff/treatments/{treatment_id}/edit": order(today, from_on=today.isoformat()),
        }  # fmt: skip

    def _absence(self) -> dict[str, Any]:
        return {
            "from_on": "2026-09-20", "to_on": "2026-09-21", "reason": "leave",
            "stand_in_id": str(self.rows["colleague"].id),
        }  # fmt: skip

    async def prepare(self, route: Route) -> None:
        """Do what a person has done before, where another request goes ahead of this one."""
        before: dict[str, Callable[[], Awaitable[None]]] = {
            "/api/recordings/{recording_id}/uploaded": self._upload,
            "/api/staff-scans/lookup": self._show,
            "/api/staff-scans/confirm": self._show,
            "/staff/account/wechat/accept": self._confirm,
            "/staff/login/first-password": self._begin_log_in,
        }
        if route.path in before:
            await before[route.path]()

    async def _upload(self) -> None:
        phone = Phone(self.rows["patient"], self.world.clients["wechat"])
        announced = (await phone.announce(self.rows["dose"], size=len(FILM))).json()
        assert (await post_film(announced["upload"], FILM)).status_code == 201
        self.world.own["recording_id"] = announced["recording_id"]

    async def _show(self) -> None:
        shown = await show(self.world.clients["doctor"], self.app.state.wechat, LINK)
        self.said["code"] = shown.code

    async def _confirm(self) -> None:
        shown = await show(self.world.clients["doctor"], self.app.state.wechat, LINK)
        account = self.rows["patient"].wechat_account_id
        confirmed = await handset(self.app, account).confirm(shown)
        assert confirmed.status_code == 200

    async def _begin_log_in(self) -> None:
        fresh = self.rows["fresh"]
        self.said["ticket"] = await ticket_of(self.world.clients["anybody"], fresh)

    async def send(self, route: Route, number: int) -> httpx.Response:
        client, path = self.client(route), self.path(route)
        if route.path == "/wechat/push":
            return await self._push(client, route)
        body = self.body(route, number)
        given: dict[str, Any] = {"data": body} if route.is_page else {"json": body}
        if route.method == "GET":
            given = {}
        headers = {"Idempotency-Key": str(uuid7())}
        return await client.request(route.method, path, headers=headers, **given)

    async def _push(self, client: httpx.AsyncClient, route: Route) -> httpx.Response:
        standin = Standin(
            Config(appid=self.app.state.settings.wechat_appid, secret="s", push=TARGET),
            now=lambda: clock.now().timestamp(),
        )
        letter = Letter(standin, pushed())
        if route.method == "POST":
            return await letter.post(client)
        return await client.get(route.path, params=letter.query | {"echostr": "7"})

    async def close(self) -> None:
        for client in self.world.clients.values():
            await client.aclose()


async def make_scene(app: FastAPI, sessions: Sessionmaker) -> Scene:
    """Commit a world in which each route can be called once, or by several at once."""
    configure(app)
    async with sessions.begin() as session:
        world = await make_world(app, session)
        scene = Scene(app, world, Known(UUID(str(world.own["staff_id"])), "not yet"))
        await _people(session, scene)
        await _rows(session, scene)
    return scene


async def _people(session: AsyncSession, scene: Scene) -> None:
    own, app = scene.world.own, scene.app
    team = await session.get_one(Team, own["team_id"])
    scene.rows["colleague"] = await make.make_staff(session, team=team, name="赵医生")
    account = await session.get_one(StaffAccount, own["staff_id"])
    account.password_hash = PASSWORD_HASH
    scene.known = Known(account.id, account.username)
    member = await make.make_staff(session, team=team)
    new = await session.get_one(StaffAccount, member.id)
    new.password_hash, new.must_change_password = PASSWORD_HASH, True
    scene.rows["fresh"] = Known(new.id, new.username)
    stranger = await make_wechat_account(session)
    transport = httpx.ASGITransport(app)
    scene.world.clients |= {
        "stranger": wechat_client(app, stranger.id),
        "anybody": httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}
        ),
    }
    app.state.wechat.openids = {f"code-{n}": f"openid-of-{stranger.id}" for n in range(100)}


async def _rows(session: AsyncSession, scene: Scene) -> None:
    own, rows = scene.world.own, scene.rows
    home = await session.get_one(Institution, own["institution_id"])
    team = await session.get_one(Team, own["team_id"])
    doctor = await session.get_one(StaffMember, own["staff_id"])
    patient = rows["patient"] = await session.get_one(Patient, own["patient_id"])
    treatment = await session.get_one(Treatment, own["treatment_id"])
    for name in ("empty", "into"):
        rows[name] = await make.make_institution(session, parent=home, tier=Tier.VILLAGE_CLINIC)
    rows["empty_team"] = await make.make_team(session, institution=home, name="空团队")
    rows["kept"] = await make.make_patient(session, team=team, bound=False)
    unbound = await make.make_patient(session, team=team, bound=False, name="刘明")
    rows["ended"] = await make.make_patient(session, team=team, name="周平")
    await end_record(session, actor_of(doctor.id), rows["ended"])
    phone_id = rows["ended"].wechat_account_id
    scene.world.clients["ended"] = wechat_client(scene.app, phone_id)
    rows["code"] = binding_codes.make_code()
    await binding_codes.issue_code(session, actor_of(doctor.id), unbound.id, rows["code"])
    one_day = await make.make_treatment(session, patient=patient, days=1)
    dose = rows["dose"] = await make.make_dose(session, patient=patient, treatment=one_day)
    own["dose_id"] = dose.id
    rows["notice"] = Notice(patient_id=patient.id, kind="verdict", key="of-a-phone")
    rows["news"] = Notice(staff_id=doctor.id, kind="verdict", key="of-a-doctor")
    session.add_all([rows["notice"], rows["news"]])
    film = await session.get_one(Recording, own["recording_id"])
    at = clock.now()
    film.leased_by, film.leased_at, film.leased_until = doctor.id, at, at.replace(year=2027)
    rows["handled"] = await make.make_alert(
        session, treatment=treatment, state=AlertState.HANDLED, handled_at=at, handled_by=doctor.id
    )
    own["job_id"] = await failed_job(session, "tests.one")
    await session.merge(CalendarDay(day=DAY, kind=DayKind.HOLIDAY, name="国庆节"))
