"""A form sent again: refused without a key, never a dead end, and its key outlives a refusal."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.forms import KEY_MISSING, MADE_BEFORE
from app.institutions.models import Team
from app.medication.models import Dose, DoseHold, DoseReport, Treatment
from app.patients.models import ContactLog, Patient, RecordClosing
from tests.accounts.factories import staff_client
from tests.medication import factories as make
from tests.test_creating_once import CREATING, ORDERS, order

pytestmark = pytest.mark.usefixtures("noon")
HOLD, SEEN = "/staff/treatments/{treatment_id}/hold", "/staff/doses/{dose_id}/seen"
CLOSE = "/staff/patients/{patient_id}/close"
CONTACTS, PATIENTS = "/staff/patients/{patient_id}/contacts", "/staff/patients/new"
KEY = "a-key-of-a-form"
DAYS = {"from_on": "2026-09-11", "to_on": "2026-09-12", "reason": "住院", "key": KEY}
PERSON = {
    "name": "李桂英", "phone": "13800001234", "sex": "female", "birth_on": "1958-03-02",
    "conditions": "tuberculosis", "team_id": "", "key": KEY,
}  # fmt: skip
ORDER = order(
    key=KEY, condition="hypertension",
    **{"phases.0.starts_on": "2026-09-10", "phases.0.ends_on": "2026-09-10"},
)  # fmt: skip
ENDED = {
    "reason": "moved_away", "closed_on": "2026-09-10", "note": "搬走了", "version": "1", "key": KEY,
}  # fmt: skip
# What each form sends, and what differs when it is sent again from the same page.
SENT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    PATIENTS: (PERSON, {"name": "张桂英", "phone": "13900004321"}),
    CONTACTS: ({"kind": "called", "note": "明天来", "key": KEY}, {"note": "后天来"}),
    ORDERS: (ORDER, {"name": "另一个治疗"}),
    HOLD: (DAYS, {"reason": "手术前后"}),
    SEEN: ({"kind": "live", "note": "看见了", "key": KEY}, {"note": "看见他服了"}),
    CLOSE: (ENDED, {"note": "搬到外省"}),
}
MADE = {
    PATIENTS: Patient,
    CONTACTS: ContactLog,
    ORDERS: Treatment,
    HOLD: DoseHold,
    SEEN: DoseReport,
    CLOSE: RecordClosing,
}


@pytest.fixture
async def patient(session: AsyncSession) -> Patient:
    return await make.make_patient(session)


@pytest.fixture
async def dose(session: AsyncSession, patient: Patient) -> Dose:
    return await make.make_dose(session, patient=patient)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, patient: Patient) -> httpx.AsyncClient:
    team = await session.get_one(Team, patient.team_id)
    return await staff_client(app, session, (await make.make_staff(session, team=team)).id)


def place(path: str, patient: Patient, dose: Dose) -> str:
    return path.format(patient_id=patient.id, treatment_id=dose.treatment_id, dose_id=dose.id)


def filled(path: str, patient: Patient, **changes: str) -> dict[str, Any]:
    sent = SENT[path][0] | changes
    return sent | {"team_id": str(patient.team_id)} if "team_id" in sent else sent


def key_in(page: str, action: str) -> str:
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', page, re.DOTALL)
    assert form
    key = re.search(r'name="key"\s+value="([^"]+)"', form.group())
    assert key
    return key.group(1)


async def count(session: AsyncSession, path: str) -> int:
    return (await session.scalars(select(func.count()).select_from(MADE[path]))).one()


def test_every_creating_form_is_here() -> None:
    assert SENT.keys() == CREATING.keys()


@pytest.mark.parametrize("path", SENT)
@pytest.mark.parametrize("key", ["", "short", "with spaces in it"])
async def test_a_form_without_a_key_is_refused_in_words_and_gets_one(
    path: str, key: str, browser: httpx.AsyncClient, session: AsyncSession, patient: Patient,
    dose: Dose,
) -> None:  # fmt: skip
    address, before = place(path, patient, dose), await count(session, path)

    refused = await browser.post(address, data=filled(path, patient, key=key))

    assert (refused.status_code, KEY_MISSING in refused.text) == (422, True)
    assert await count(session, path) == before
    renewed = key_in(refused.text, address)
    assert (await browser.post(address, data=filled(path, patient, key=renewed))).status_code == 303


# A closed record is not closed again, whatever the key: `patients/test_ended_records.py`.
@pytest.mark.parametrize("path", [path for path in SENT if path != CLOSE])
async def test_other_contents_under_the_key_of_what_was_saved_are_no_dead_end(
    path: str, browser: httpx.AsyncClient, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    """Back in the browser, something changed, sent again: the first is shown, nothing is lost."""
    address, changes = place(path, patient, dose), SENT[path][1]
    assert (await browser.post(address, data=filled(path, patient))).status_code == 303
    once = await count(session, path)

    again = await browser.post(address, data=filled(path, patient, **changes))

    assert (again.status_code, MADE_BEFORE in again.text) == (422, True)
    assert await count(session, path) == once
    for typed in changes.values():
        assert typed in again.text
    link = re.search(r'<a href="([^"]+)">打开已经保存的那一份', again.text)
    assert link
    assert (await browser.get(link.group(1))).status_code == 200
    renewed = key_in(again.text, address)
    assert renewed != KEY
    meant = await browser.post(address, data=filled(path, patient, **changes, key=renewed))
    if path == SEEN:
        assert meant.status_code == 422  # seen already, whoever says it
    else:
        assert (meant.status_code, await count(session, path)) == (303, once + 1)


@pytest.mark.parametrize(
    ("path", "fault"),
    [(PATIENTS, {"phone": "1"}), (CONTACTS, {"kind": "note", "note": ""}),
     (ORDERS, {"name": ""}), (HOLD, {"to_on": "2026-09-01"}), (SEEN, {"kind": ""})],
)  # fmt: skip
async def test_a_refused_form_keeps_its_key(
    path: str, fault: dict[str, str], browser: httpx.AsyncClient, patient: Patient, dose: Dose
) -> None:
    address = place(path, patient, dose)

    refused = await browser.post(address, data=filled(path, patient, **fault))

    assert refused.status_code == 422
    assert key_in(refused.text, address) == KEY
    assert (await browser.post(address, data=filled(path, patient))).status_code == 303
