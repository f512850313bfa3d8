"""Who may start, stop and hold a treatment: every route that declares a right, every title."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.institutions.models import Team, Title
from app.institutions.rights import RIGHTS, Right
from tests.accounts.factories import staff_client
from tests.medication import factories as make
from tests.routes import Route, routes_of

pytestmark = pytest.mark.usefixtures("noon")
PAGES = {
    ("GET", "/staff/patients/{patient_id}/treatments/new"): Right.START_TREATMENT,
    ("POST", "/staff/patients/{patient_id}/treatments/new"): Right.START_TREATMENT,
    ("GET", "/staff/treatments/{treatment_id}/edit"): Right.START_TREATMENT,
    ("POST", "/staff/treatments/{treatment_id}/edit"): Right.START_TREATMENT,
    ("POST", "/staff/holds/{hold_id}/end"): Right.START_TREATMENT,
    ("POST", "/staff/patients/{patient_id}/severe"): Right.CLOSE_SEVERE_ALERT,
    ("POST", "/staff/treatments/{treatment_id}/hold"): Right.HOLD_TREATMENT,
    ("POST", "/staff/treatments/{treatment_id}/stop"): Right.STOP_TREATMENT,
    ("POST", "/staff/patients/{patient_id}/close"): Right.STOP_TREATMENT,
}


def right_of(route: Route) -> Right | None:
    return next((r for r in Right if f"may_{r}" in route.loaders), None)


# Their own tests: test_templates_routes.py.
REGIMENS = {
    ("POST", "/api/treatment-templates"): Right.START_TREATMENT,
    ("POST", "/api/treatment-templates/{template_id}/withdraw"): Right.START_TREATMENT,
}


def test_the_routes_that_need_a_right(app: FastAPI) -> None:
    declared = {(r.method, r.path): right_of(r) for r in routes_of(app) if right_of(r)}

    assert declared == PAGES | REGIMENS


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def ids(session: AsyncSession, team: Team) -> dict[str, object]:
    patient = await make.make_patient(session, team=team)
    treatment = await make.make_treatment(session, patient=patient)
    dose = await make.make_dose(session, patient=patient, treatment=treatment)
    today = clock.today_in(patient.zone)
    hold = await make.make_hold(session, treatment=treatment, from_on=today, to_on=today)
    return {
        "patient_id": patient.id,
        "treatment_id": treatment.id,
        "hold_id": hold.id,
        "dose_id": dose.id,
    }


async def browser_of(
    app: FastAPI, session: AsyncSession, team: Team, title: Title
) -> httpx.AsyncClient:
    staff = await make.make_staff(session, team=team, title=title)
    return await staff_client(app, session, staff.id)


@pytest.mark.parametrize("title", Title)
async def test_the_title_decides(
    app: FastAPI, session: AsyncSession, team: Team, ids: dict[str, object], title: Title
) -> None:
    browser = await browser_of(app, session, team, title)

    for (method, path), right in PAGES.items():
        answer = await browser.request(method, path.format(**ids))

        refused = answer.status_code == 403
        assert refused is (right not in RIGHTS[title]), (method, path, answer.status_code)
        assert ("请联系他们" in answer.text) is refused


async def test_who_has_no_right_sees_no_button_and_hears_whom_to_ask(
    app: FastAPI, session: AsyncSession, team: Team, ids: dict[str, object]
) -> None:
    pages = [f"/staff/patients/{ids['patient_id']}", f"/staff/treatments/{ids['treatment_id']}"]
    shown = {}
    for title in (Title.VILLAGE_DOCTOR, Title.FAMILY_DOCTOR):
        browser = await browser_of(app, session, team, title)
        shown[title] = "".join([(await browser.get(page)).text for page in pages])

    for action in ("/treatments/new", '/edit">修改方案', "/stop", "/end"):
        assert (action in shown[Title.FAMILY_DOCTOR], action) == (True, action)
        assert (action in shown[Title.VILLAGE_DOCTOR], action) == (False, action)
    assert "/hold" in shown[Title.VILLAGE_DOCTOR]
    assert "请联系家庭医生或结核病督导员" in shown[Title.VILLAGE_DOCTOR]
    assert "请联系家庭医生或结核病督导员" not in shown[Title.FAMILY_DOCTOR]
