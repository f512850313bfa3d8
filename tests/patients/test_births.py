"""A birth of which only the year is known is kept and shown as that, never as an invented day."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.features import FEATURES
from app.institutions.models import StaffMember, Team
from app.patients.guardianship import needs_guardian
from app.patients.models import BirthPrecision, Condition
from app.patients.service.merging import Merge, merge_records
from tests.accounts.factories import actor_of
from tests.patients.factories import make_patient, patient_client
from tests.patients.test_found_again import NEW, NUMBER, form, only

YEAR = BirthPrecision.YEAR


@pytest.mark.parametrize("typed", ["1951", "1951年", "约1951年", "\uff11\uff19\uff15\uff11 年"])
async def test_a_year_is_kept_and_shown_as_a_year(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, typed: str
) -> None:
    with clock.frozen(datetime(2026, 9, 10, 4, tzinfo=UTC)):
        made = await browser.post(NEW, data=form(team, birth_on=typed))
        patient = await only(session)
        head = await browser.get(f"/staff/patients/{patient.id}")
        edited = await browser.get(f"/staff/patients/{patient.id}/edit")
        listed = await browser.get("/staff/patients")

    assert made.status_code == 303, made.text
    assert (patient.birth_on, patient.birth_precision) == (date(1951, 1, 1), YEAR)
    assert "约 75 岁" in head.text
    assert "约 75 岁" in listed.text
    assert 'value="1951"' in edited.text
    assert "1951-01-01" not in edited.text


async def test_the_day_may_be_learned_later(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await browser.post(NEW, data=form(team, birth_on="1953"))
    patient = await only(session)

    sent = form(team, birth_on="1953-07-14", version="1")
    changed = await browser.post(f"/staff/patients/{patient.id}/edit", data=sent)

    await session.refresh(patient)
    assert changed.status_code == 303
    assert (patient.birth_on, patient.birth_precision) == (date(1953, 7, 14), BirthPrecision.DAY)


async def test_an_id_number_tells_the_day_and_a_wrong_year_is_refused(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    wrong = await browser.post(NEW, data=form(team, birth_on="1951", id_number=NUMBER))
    right = await browser.post(NEW, data=form(team, birth_on="1953", id_number=NUMBER))

    patient = await only(session)
    assert (wrong.status_code, "身份证号里的出生日期" in wrong.text) == (422, True)
    assert right.status_code == 303
    assert (patient.birth_on, patient.birth_precision) == (date(1953, 7, 14), BirthPrecision.DAY)


@pytest.mark.parametrize("typed", ["1899", "2199", "51", "1951-13"])
async def test_a_year_out_of_bounds_is_refused(
    browser: httpx.AsyncClient, team: Team, typed: str
) -> None:
    assert (await browser.post(NEW, data=form(team, birth_on=typed))).status_code == 422


@pytest.mark.parametrize(("born", "needed"), [(2011, False), (2012, True), (2013, True)])
def test_who_may_be_a_child_still_counts_as_one(born: int, needed: bool) -> None:
    assert needs_guardian(date(born, 1, 1), date(2026, 9, 10), YEAR) is needed


async def test_the_phone_and_the_export_say_how_much_is_known(
    app: FastAPI, session: AsyncSession
) -> None:
    patient = await make_patient(session, birth_on=date(1951, 1, 1), birth_precision=YEAR)
    phone = patient_client(app, patient)

    me = (await phone.get("/api/me")).json()
    record: dict[str, Any] = (await phone.get("/api/me/export")).json()["record"]

    assert (me["birth_on"], me["birth_precision"]) == ("1951-01-01", "year")
    assert (record["birth_precision"], record["document_kind"]) == ("year", "resident_id")


async def test_a_merge_takes_the_day_from_whichever_record_has_it(
    session: AsyncSession, team: Team, doctor: StaffMember
) -> None:
    usual: dict[str, Any] = {"team": team, "bound": False, "conditions": [Condition.TUBERCULOSIS]}
    old = await make_patient(session, birth_on=date(1951, 5, 6), **usual)
    kept = await make_patient(session, birth_on=date(1951, 1, 1), birth_precision=YEAR, **usual)
    actor = actor_of(doctor.id)

    await merge_records(session, FEATURES, actor, Merge(old.id, kept.id, 1, 1))

    assert (kept.birth_on, kept.birth_precision) == (date(1951, 5, 6), BirthPrecision.DAY)
