"""Whatever makes something makes it once, however often it is sent; a new one must say how."""

import asyncio
import inspect
import re
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker
from app.core.forms import form_of
from app.institutions.models import Team
from app.medication.models import Dose, DoseHold, DoseReport, Evidence, Treatment
from app.medication.schemas.forms import OrderForm
from app.patients.models import BindingCode, Patient
from app.patients.service import binding_codes
from tests.accounts.factories import actor_of, staff_client
from tests.e2e.test_forms_once import forms_of
from tests.medication import factories as make
from tests.routes import below, json_contexts, page_contexts

pytestmark = pytest.mark.usefixtures("noon")
ORDERS = "/staff/patients/{patient_id}/treatments/new"
# Each form that makes something, and the page that it stands on.
CREATING = {
    "/staff/patients/new": "/staff/patients/new",
    "/staff/patients/{patient_id}/contacts": "/staff/patients/{patient_id}/contacts",
    ORDERS: f"{ORDERS}?template=free",
    "/staff/patients/{patient_id}/close": "/staff/patients/{patient_id}/closing",
    "/staff/treatments/{treatment_id}/hold": "/staff/treatments/{treatment_id}",
    "/staff/doses/{dose_id}/seen": "/staff/doses/{dose_id}",
}
# Why a second press of any other form does no harm.
ASKS = "asks, or is about the session itself"
MAKES_ROOM = "the newest is the only one that counts"
SAME_AGAIN = "the second finds it done: the same state, or a refusal"
NOT_CREATING = {
    "/staff/login": ASKS,
    "/staff/login/first-password": ASKS,
    "/staff/login/code": ASKS,
    "/staff/login/code/claim": ASKS,
    "/staff/logout": ASKS,
    "/staff/patients/find": ASKS,
    "/staff/patients/search": ASKS,
    "/staff/patients/{patient_id}/merge/search": ASKS,
    "/staff/patients/{patient_id}/binding": "its key makes the code: the same is shown again",
    "/staff/account/wechat": MAKES_ROOM,
    "/staff/account/wechat/accept": SAME_AGAIN,
    "/staff/account/wechat/refuse": SAME_AGAIN,
    "/staff/absences": "the same days and stand-in are the same absence",
    "/staff/patients/{patient_id}/reopen": SAME_AGAIN,
    "/staff/patients/{patient_id}/severe": "what is decided is decided; its key answers a press",
    "/staff/treatments/{treatment_id}/edit": "the plan from that day on is replaced by itself",
}
CHANGES = re.compile(
    r"/(correct|end|end-others|password|unlink|read|reschedule|stop|correct-stop|edit|unbind|"
    r"merge|"
    r"handle|seen|hand-over|take-back|confirm|refuse|retry)$"
)
# Answered with 201 without a key of the caller's: what makes a second one impossible.
UNIQUE = {
    "/api/consents": "one open consent for each account and purpose",
    "/api/admin/staff": "the user name",
    "/api/admin/staff/{staff_id}/absences": "the same days and stand-in are the same absence",
    # An operator's script; a second team or institution is seen in the tree and closed again.
    "/api/admin/institutions": "seen and closed",
    "/api/admin/teams": "seen and closed",
}


def _posts(contexts: Any) -> dict[str, Any]:
    return {str(c.path): c for c in contexts if "POST" in (c.methods or ())}


def _has_key(dependant: Dependant) -> bool:
    every = (dependant, *below(dependant))
    return any(f.alias == "Idempotency-Key" for d in every for f in d.header_params)


def test_every_form_is_one_that_carries_a_key_or_one_that_need_not(app: FastAPI) -> None:
    forms = set(_posts(page_contexts(app)))
    known = forms & (CREATING.keys() | NOT_CREATING.keys())

    assert {path for path in forms - known if not CHANGES.search(path)} == set()
    assert forms >= CREATING.keys()


def test_each_is_pressed_twice_in_a_browser() -> None:
    treatment, dose = "/staff/treatments/{treatment_id}", "/staff/doses/{dose_id}"
    pressed = forms_of("{patient_id}", treatment, dose, date(2026, 9, 10))

    assert {creating.action for creating in pressed} == CREATING.keys()


def test_every_creating_form_keeps_its_key(app: FastAPI) -> None:
    posts = _posts(page_contexts(app))
    models = {ORDERS: OrderForm}
    for path in CREATING:
        for dependency in below(posts[path].dependant):
            call = dependency.call
            if call and getattr(call, "__qualname__", "").startswith(form_of.__name__):
                models[path] = inspect.getclosurevars(call).nonlocals["model"]

    assert {path: "key" in models[path].model_fields for path in CREATING} == dict.fromkeys(
        CREATING, True
    )


def test_every_route_that_creates_takes_a_key(app: FastAPI) -> None:
    creating = {p for p, c in _posts(json_contexts(app)).items() if c.status_code == 201}
    keyed = {p for p, c in _posts(json_contexts(app)).items() if _has_key(c.dependant)}

    assert creating - keyed - UNIQUE.keys() == set()


# -- and it holds ---------------------------------------------------------------------------------


@pytest.fixture
async def dose(session: AsyncSession) -> Dose:
    return await make.make_dose(session)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, dose: Dose) -> httpx.AsyncClient:
    patient = await session.get_one(Patient, dose.patient_id)
    team = await session.get_one(Team, patient.team_id)
    roles = (Role.DOCTOR, Role.SUPERVISOR)
    staff = await make.make_staff(session, team=team, roles=roles)
    return await staff_client(app, session, staff.id)


async def _count(session: AsyncSession, model: Any) -> int:
    return (await session.scalars(select(func.count()).select_from(model))).one()


@pytest.mark.parametrize(("path", "page"), CREATING.items())
async def test_every_creating_form_is_rendered_with_a_key_of_its_own(
    path: str, page: str, browser: httpx.AsyncClient, dose: Dose
) -> None:
    ids = {"patient_id": dose.patient_id, "treatment_id": dose.treatment_id, "dose_id": dose.id}
    address, action = page.format(**ids), path.format(**ids)

    pages = [(await browser.get(address)).text for _ in range(2)]

    forms = [re.search(rf'<form[^>]*action="{action}".*?</form>', p, re.DOTALL) for p in pages]
    keys = [re.search(r'name="key"\s+value="([^"]+)"', form.group()) for form in forms if form]
    assert len({key.group(1) for key in keys if key}) == 2


def order(**changes: str) -> dict[str, Any]:
    today = clock.today_in("Asia/Shanghai").isoformat()
    drug = "phases.0.drugs.0"
    return {
        "name": "长期服药", "condition": "tuberculosis", "template_id": "", "key": "order-key-1",
        "slot_times.morning": "08:00", "phases.0.name": "强化期", "phases.0.starts_on": today,
        "phases.0.ends_on": today, "another": "yes", "passed_too": "yes",
        f"{drug}.name": "异烟肼", f"{drug}.strength": "",
        f"{drug}.tablets": "3", f"{drug}.slots": "morning",
        f"{drug}.weekdays": ["1", "2", "3", "4", "5", "6", "7"],
    } | changes  # fmt: skip


async def test_an_order_sent_again_starts_no_second_treatment(
    browser: httpx.AsyncClient, session: AsyncSession, dose: Dose
) -> None:
    address = ORDERS.format(patient_id=dose.patient_id)

    answers = [await browser.post(address, data=order()) for _ in range(3)]

    assert {a.status_code for a in answers} == {303}
    assert await _count(session, Treatment) == 2  # that of `dose`, and one
    other = await browser.post(address, data=order(name="另一个"))
    assert other.status_code == 422  # the same key with another plan
    assert (await browser.post(address, data=order(key="order-key-2"))).status_code == 303
    assert await _count(session, Treatment) == 3


async def test_a_hold_sent_again_is_one_hold(
    browser: httpx.AsyncClient, session: AsyncSession, dose: Dose
) -> None:
    sent = {"from_on": "2026-09-11", "to_on": "2026-09-12", "reason": "住院", "key": "hold-key-1"}
    address = f"/staff/treatments/{dose.treatment_id}/hold"

    answers = [await browser.post(address, data=sent) for _ in range(3)]

    assert {a.status_code for a in answers} == {303}
    assert await _count(session, DoseHold) == 1


async def test_a_dose_seen_is_entered_once(
    browser: httpx.AsyncClient, session: AsyncSession, dose: Dose
) -> None:
    address = f"/staff/doses/{dose.id}/seen"
    sent = {"kind": "in_person", "key": "seen-key-1"}

    answers = [await browser.post(address, data=sent) for _ in range(2)]
    again = await browser.post(address, data=sent | {"key": "seen-key-2"})

    assert {a.status_code for a in answers} == {303}
    assert again.status_code == 422  # a colleague was faster: it is seen already
    assert await _count(session, DoseReport) == 1
    await session.refresh(dose)
    assert dose.evidence is Evidence.IN_PERSON


async def test_of_codes_issued_at_once_one_is_valid(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        patient = await make.make_patient(session, bound=False)
        neighbour = await make.make_patient(session, bound=False)
        actor = actor_of((await make.make_staff(session)).id)
        await binding_codes.issue_code(session, actor, neighbour.id, "NEIGHBR2")

    async def issue(code: str) -> None:
        async with committed_database.begin() as session:
            await binding_codes.issue_code(session, actor, patient.id, code)

    await asyncio.gather(*(issue(f"ABCD234{n}") for n in range(5)))

    async with committed_database() as session:
        valid = select(BindingCode.patient_id).where(BindingCode.expires_at > clock.now())
        codes = (await session.scalars(valid)).all()
    assert sorted(codes) == sorted([patient.id, neighbour.id])
