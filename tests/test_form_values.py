"""Whatever is typed into the forms of the PC pages is answered in words, never with a failure."""

import inspect

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.forms import form_of
from app.institutions.models import Institution
from app.medication.models import Slot, Verdict
from tests.accounts.factories import staff_client
from tests.alerts.factories import make_alert
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.medication import factories as make
from tests.patients.factories import make_patient
from tests.routes import below, page_contexts

pytestmark = pytest.mark.usefixtures("noon")

NONSENSE = (
    "", " ", "\u200b\u2060", "\u3164", "a\x00b", "字" * 20_000, "9" * 40, "-1", "9999-12-31",
    "0001-01-01", "01a212a7-0dc5-7db7-87a6-283a1174692e", "<script>", "1e309", "NaN", "٣", "24:61",
)  # fmt: skip
# What each form sends besides what is in its address, in good values.
FORMS = {
    "/staff/absences": {
        "from_on": "2026-09-10", "to_on": "2026-09-11", "stand_in_id": "{colleague_id}",
        "reason": "leave", "note": "去开会",
    },
    "/staff/alerts/{alert_id}/seen": {"back": "/staff/alerts"},
    "/staff/alerts/{alert_id}/handle": {"action_taken": "已看", "times_raised": "1", "back": ""},
    "/staff/alerts/{alert_id}/hand-over": {
        "staff_id": "{colleague_id}", "assigned_to": "", "back": "",
    },
    "/staff/alerts/{alert_id}/take-back": {"note": "记错了", "back": ""},
    "/staff/inbox/read": {"until": "{alert_id}", "notice_id": "{alert_id}"},
    "/staff/patients/new": {
        "name": "李桂英", "phone": "13800001234", "sex": "female", "birth_on": "2018-03-02",
        "id_number": "", "weight_kg": "52.5", "conditions": "tuberculosis", "team_id": "{team_id}",
        "guardian_name": "王芳", "guardian_phone": "13800001235", "guardian_relation": "mother",
        "version": "1", "key": "a-key-of-a-form", "document_kind": "resident_id",
        "birth_precision": "day", "twin_ids": "{other_id}", "make_anyway": "true",
    },
    "/staff/patients/{patient_id}/binding": {"key": "a-key-of-a-form"},
    "/staff/patients/search": {
        "q": "李", "show": "flagged", "condition": "tuberculosis", "order": "gravest", "cursor": "",
    },
    "/staff/patients/find": {"q": "李"},
    "/staff/patients/{patient_id}/contacts": {
        "kind": "called", "note": "说好明天来", "key": "a-key-of-a-form",
    },
    "/staff/patients/{patient_id}/edit": {
        "name": "李桂英", "phone": "13800001234", "sex": "female", "birth_on": "2018-03-02",
        "id_number": "",
        "weight_kg": "52.5", "conditions": "tuberculosis", "team_id": "{team_id}", "version": "1",
        "document_kind": "resident_id",
        "birth_precision": "day", "twin_ids": "{other_id}", "make_anyway": "true",
        "guardian_name": "王芳", "guardian_phone": "13800001235", "guardian_relation": "mother",
    },
    "/staff/patients/{patient_id}/severe": {
        "seen": "{alert_id}", "note": "已打电话", "come_in": "yes", "key": "a-key-of-a-form",
    },
    "/staff/patients/{patient_id}/merge": {
        "version": "1", "into_version": "1",
        "into_id": "{other_id}",
    },
    "/staff/patients/{patient_id}/unbind": {"version": "1"},
    "/staff/patients/{patient_id}/close": {
        "reason": "other", "closed_on": "2026-09-10", "note": "家属来电", "version": "1",
        "key": "a-key-of-a-form",
    },
    "/staff/patients/{patient_id}/reopen": {"why": "记错了人", "version": "2"},
    "/staff/patients/{patient_id}/merge/search": {"q": "1234", "query": "1234", "typed": "1234"},
    "/staff/treatments/{treatment_id}/hold": {
        "from_on": "2026-09-10", "to_on": "2026-09-12", "reason": "side_effect",
        "key": "a-key-of-a-form", "version": "1", "every": "yes",
    },
    "/staff/holds/{hold_id}/end": {"every": "yes", "version": "1"},
    "/staff/treatments/{treatment_id}/stop": {
        "outcome": "completed", "stopped_on": "2026-09-10", "version": "1",
    },
    "/staff/treatments/{treatment_id}/correct-stop": {
        "outcome": "completed", "stopped_on": "2026-09-10", "version": "1",
        "another": "yes", "taken_back": "yes", "why": "记错了人",
    },
    "/staff/doses/{dose_id}/reschedule": {"to_on": "2026-09-12", "version": "1"},
    "/staff/dose-reports/{report_id}/correct": {"why": "登记错了人"},
    "/staff/reviews/{review_id}/correct": {"why": "看错了日期"},
    "/staff/doses/{dose_id}/seen": {
        "kind": "in_person", "note": "当面服药", "key": "a-key-of-a-form",
    },
}  # fmt: skip


@pytest.fixture
async def ids(session: AsyncSession, home: Institution) -> dict[str, str]:
    team = await make_team(session, institution=home)
    patient, other = [await make_patient(session, team=team, bound=False) for _ in range(2)]
    treatment = await make.make_treatment(session, patient=patient)
    dose = await make.make_dose(session, patient=patient, treatment=treatment, due_at=clock.now())
    read = await make.make_dose(session, patient=patient, treatment=treatment, slot=Slot.NOON)
    review = await make.make_review(
        session, recording=await make.make_recording(session, dose=read), verdict=Verdict.REJECTED
    )
    return {
        "team_id": str(team.id),
        "patient_id": str(patient.id),
        "other_id": str(other.id),
        "colleague_id": str((await make_staff(session, institution=home)).id),
        "alert_id": str((await make_alert(session, patient=patient)).id),
        "treatment_id": str(treatment.id),
        "hold_id": str(
            (
                await make.make_hold(
                    session, treatment=treatment, from_on=dose.due_on, to_on=dose.due_on
                )
            ).id
        ),
        "dose_id": str(dose.id),
        "report_id": str((await make.make_entry(session, dose=read)).id),
        "review_id": str(review.id),
    }


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, home: Institution) -> httpx.AsyncClient:
    roles = (Role.DOCTOR, Role.SUPERVISOR)
    staff = await make_staff(session, institution=home, roles=roles)
    return await staff_client(app, session, staff.id)


def _filled(values: dict[str, str], ids: dict[str, str]) -> dict[str, str]:
    return {name: value.format(**ids) if "{" in value else value for name, value in values.items()}


@pytest.mark.parametrize("address", FORMS)
async def test_no_value_of_any_field_breaks_a_form(
    browser: httpx.AsyncClient, ids: dict[str, str], address: str
) -> None:
    good = _filled(FORMS[address], ids)

    for name in good:
        for value in NONSENSE:
            answer = await browser.post(address.format(**ids), data=good | {name: value})
            assert answer.status_code < 500, (name, value[:20])


def _fields_of(route: RouteContext) -> set[str] | None:
    """Read which fields a page takes; None where it has no form of `form_of`."""
    for dependency in below(route.dependant):
        call = dependency.call
        if call and getattr(call, "__qualname__", "").startswith(form_of.__name__):
            model = inspect.getclosurevars(call).nonlocals["model"]
            return set(model.model_fields)
    return None


def test_the_list_has_every_form_with_every_field(app: FastAPI) -> None:
    """Those of the account are told apart: a wrong password is counted."""
    fields = {
        str(route.path): known
        for route in page_contexts(app)
        if (known := _fields_of(route)) is not None
        and not str(route.path).startswith(("/staff/login", "/staff/account"))
    }

    assert fields
    assert {path: set(FORMS.get(path, ())) for path in fields} == fields
