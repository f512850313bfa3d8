"""The head of a patient's pages: phones, flags, notices, in three statements."""

from dataclasses import replace
from datetime import date

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import Role
from app.core.assembly import assemble
from app.core.feature import Feature
from app.core.ids import uuid7
from app.core.severity import Severity
from app.features import FEATURES
from app.institutions.models import StaffMember, Team
from app.medication.flag_kinds import MISSED_IN_ROW, SEVERE_SIDE_EFFECT, SOURCE
from app.patients.frame import GUARDIAN_DUE, load_frame
from app.patients.service import flags
from tests.accounts.factories import actor_of
from tests.counting import counted
from tests.patients.factories import make_child, make_guardian, make_patient

pytestmark = pytest.mark.usefixtures("noon")


async def test_the_head_costs_one_statement(
    session: AsyncSession, connection: AsyncConnection, team: Team, doctor: StaffMember
) -> None:
    patient = await make_child(session, team=team)

    with counted(connection) as statements:
        await load_frame(session, actor_of(doctor.id), patient, FEATURES)
        await session.flush()

    assert len(statements) == 1  # the look is noted by the same


@pytest.mark.parametrize(
    "page", ["", "/medication", "/medication/films", "/medication/history", "/contacts"]
)
async def test_every_page_of_a_patient_has_the_head(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, page: str
) -> None:
    patient = await make_patient(session, team=team)
    neighbour = await make_patient(session, team=team)
    await flags.set_flag(session, patient.id, SOURCE, MISSED_IN_ROW, Severity.DANGER, patient.id, 5)
    await flags.set_flag(session, neighbour.id, SOURCE, SEVERE_SIDE_EFFECT, Severity.SEVERE)

    shown = (await browser.get(f"/staff/patients/{patient.id}{page}")).text

    assert 'data-copy="13800001234"' in shown
    assert "连续漏服 5 次" in shown
    assert "严重不适，未恢复" not in shown
    assert "青山镇卫生院 · 第一团队" in shown


async def test_a_childs_head_names_the_guardian_first(
    session: AsyncSession, team: Team, doctor: StaffMember
) -> None:
    child = await make_child(session, team=team)
    grown = await make_patient(session, team=team)
    await make_guardian(session, patient=grown, bound=False, phone=grown.phone)
    alone = await make_patient(session, team=team, birth_on=date(2020, 1, 1))
    actor = actor_of(doctor.id)

    of_child = await load_frame(session, actor, child, FEATURES)
    of_grown = await load_frame(session, actor, grown, FEATURES)
    of_alone = await load_frame(session, actor, alone, FEATURES)

    assert [tuple(p) for p in of_child.phones] == [
        ("13900005678", "母亲 王芳"), ("13800001111", ""),
    ]  # fmt: skip
    assert [p.number for p in of_grown.phones] == ["13800001234"]
    assert (of_child.notice, of_grown.notice, of_alone.notice) == (None, None, GUARDIAN_DUE)


async def test_a_head_shows_the_flags_that_the_reader_s_role_may_see(
    session: AsyncSession, team: Team, doctor: StaffMember
) -> None:
    patient = await make_patient(session, team=team)
    plain = replace(MISSED_IN_ROW, roles=frozenset({"doctor", "supervisor"}))
    secret = replace(SEVERE_SIDE_EFFECT, code="secret", roles=frozenset({"supervisor"}))
    undeclared = replace(MISSED_IN_ROW, code="undeclared")
    features = assemble([Feature("toy", flags=(plain, secret))])
    for kind in (plain, secret, undeclared):
        await flags.set_flag(session, patient.id, "toy", kind, Severity.WARNING, count=2)

    seen = [
        await load_frame(session, actor_of(doctor.id, role), patient, features)
        for role in (Role.DOCTOR, Role.SUPERVISOR)
    ]

    assert [{flag.code for flag in frame.flags} for frame in seen] == [
        {plain.code},
        {plain.code, secret.code},
    ]


async def test_flags_beyond_three_are_counted_and_the_same_words_stand_once(
    session: AsyncSession, team: Team, doctor: StaffMember
) -> None:
    patient = await make_patient(session, team=team)
    for number in (2, 3, 4, 5, 6, 6):
        await flags.set_flag(
            session, patient.id, SOURCE, MISSED_IN_ROW, Severity.WARNING, uuid7(), number
        )

    frame = await load_frame(session, actor_of(doctor.id), patient, FEATURES)

    assert (len(frame.flags), frame.more_flags) == (3, 2)
