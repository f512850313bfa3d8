"""A phone that was bound while the page stood open is not unbound by it."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.models import StaffMember
from app.patients.models import Patient
from app.patients.problems import RecordChanged
from app.patients.service import binding_codes, bindings
from tests.accounts.factories import actor_of, documents
from tests.patients.factories import make_patient
from tests.patients.test_ended_records import address, patient  # noqa: F401 a fixture

pytestmark = pytest.mark.usefixtures("noon")
DOCUMENTS = documents(90)


async def test_a_phone_bound_since_the_page_was_opened_is_not_unbound(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    patient: Patient,  # noqa: F811
    doctor: StaffMember,
) -> None:
    page = await browser.get(address(patient, "binding"))
    assert 'name="version"\n             value="1"' in page.text
    await bindings.unbind(session, actor_of(doctor.id), patient, version=1)
    await binding_codes.issue_code(session, actor_of(doctor.id), patient.id, "ABCD2345")
    yes = [(d.purpose, d.version) for d in DOCUMENTS]
    account = (await make_patient(session)).wechat_account_id
    await session.execute(
        text("update patient set wechat_account_id = null where wechat_account_id = :it"),
        {"it": account},
    )
    assert account is not None
    await bindings.bind(session, bindings.Binder(account, yes), "ABCD2345", DOCUMENTS)
    await session.flush()

    stale = await browser.post(address(patient, "unbind"), data={"version": "1"})
    without = await browser.post(address(patient, "unbind"), data={})
    await session.refresh(patient)
    kept = patient.wechat_account_id
    again = await browser.post(address(patient, "unbind"), data={"version": "3"})

    assert (stale.status_code, without.status_code, again.status_code) == (409, 422, 303)
    assert "手机 9月10日" in stale.text
    assert "绑定手机" in stale.text
    assert f"{doctor.name} 9月10日" in stale.text
    assert kept == account
    with pytest.raises(RecordChanged):
        await bindings.unbind(session, actor_of(doctor.id), patient, version=3)
