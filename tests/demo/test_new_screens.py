"""What the desk, the inboxes, the calendar and the records of the district have to show."""

import logging
from collections import defaultdict

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.accounts.access import StaffActor
from app.accounts.models import Role, StaffAccount, WechatAccount
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState
from app.core import clock
from app.core.job_context import JobContext
from app.core.severity import Severity
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions import failed_jobs
from app.institutions.contacts import on_call_phone_of, phone_of
from app.institutions.models import (
    Absence,
    AccessChange,
    AccessChangeKind,
    AccessChangeState,
    StaffMember,
    Team,
    Title,
)
from app.institutions.queries.absences import stand_in_of
from app.medication.models import Review, TreatmentTemplate, Verdict
from app.notifications.models import Notice
from app.patients.guardianship import needs_guardian
from app.patients.jobs import compare_flags
from app.patients.models import ContactKind, ContactLog, Guardian, Patient, PatientFlag
from app.patients.queries.twins import possible_twins
from scripts.demo.moments import CLINIC
from scripts.wechat_standin.desk import Accounts
from scripts.wechat_standin.state import openid_of
from tests.demo.conftest import Demo


async def test_every_team_can_be_called_by_day_and_night(district: AsyncSession) -> None:
    teams = (await district.scalars(select(Team).options(selectinload(Team.institution)))).all()

    assert teams
    for team in teams:
        assert team.phone
        assert phone_of(team) == team.phone
        assert await on_call_phone_of(district, team.id)
        assert team.institution.phone
        assert team.institution.address
        assert team.institution.opening_hours


async def test_one_is_away_with_a_stand_in_one_was_and_one_will_be(
    district: AsyncSession, demo: Demo
) -> None:
    today = demo.loading.at.astimezone(CLINIC).date()
    absences = (await district.scalars(select(Absence))).all()
    running = [a for a in absences if a.from_on <= today <= a.to_on]

    assert len(running) == 1
    assert await stand_in_of(district, running[0].staff_id, today) == running[0].stand_in_id
    assert any(a.from_on > today for a in absences)
    assert any(a.to_on < today for a in absences)


async def test_alerts_of_every_severity_stand_in_every_state(district: AsyncSession) -> None:
    alerts = (await district.scalars(select(Alert))).all()
    waiting = [a for a in alerts if a.state in {AlertState.OPEN, AlertState.SEEN}]

    assert {a.state for a in alerts} == set(AlertState)
    assert {a.severity for a in waiting} == set(Severity)
    assert any(a.assigned_to for a in waiting)
    assert any(a.escalated_to for a in waiting)
    assert any(a.level == 4 and a.times_raised > 1 and a.state is AlertState.OPEN for a in waiting)


async def test_every_alert_has_its_history_in_order(district: AsyncSession, demo: Demo) -> None:
    history = defaultdict(list)
    for event in await district.scalars(select(AlertEvent).order_by(AlertEvent.created_at)):
        assert event.created_at <= demo.loading.at
        history[event.alert_id].append(event.kind)
    alerts = (await district.scalars(select(Alert))).all()

    assert {kind for kinds in history.values() for kind in kinds} >= set(AlertEventKind) - {
        AlertEventKind.TAKEN_BACK
    }
    for alert in alerts:
        kinds = history[alert.id]
        raised = {AlertEventKind.RAISED, AlertEventKind.RAISED_AGAIN}
        assert kinds[0] is AlertEventKind.RAISED
        assert sum(kind in raised for kind in kinds) == alert.times_raised
        if alert.state is AlertState.HANDLED:
            assert kinds[-1] is AlertEventKind.HANDLED
        if alert.state is AlertState.CLOSED:
            assert kinds[-1] is AlertEventKind.CLOSED


async def test_nothing_is_due_to_be_told_that_was_not(district: AsyncSession, demo: Demo) -> None:
    late = await district.scalar(
        select(func.count()).select_from(Alert).where(Alert.escalate_at <= demo.loading.at)
    )

    assert late == 0


async def test_the_flags_are_true_as_the_nightly_job_finds(
    demo: Demo, caplog: pytest.LogCaptureFixture
) -> None:
    settings = demo.loading.settings
    context = JobContext(settings, demo.sessions, Storage(settings), FEATURES)
    caplog.set_level(logging.INFO, "app.patients")

    with clock.frozen(demo.loading.at):
        await compare_flags(context)

    compared = [vars(r) for r in caplog.records if r.getMessage() == "flags compared"]
    assert compared
    assert all((r["added"], r["changed"], r["ended"]) == (0, 0, 0) for r in compared)
    async with demo.sessions() as session:
        codes = set(await session.scalars(select(PatientFlag.code).where(OPEN_FLAG)))
    assert codes == set(FEATURES.flags)


OPEN_FLAG = PatientFlag.until.is_(None)


async def test_a_flag_of_a_severe_side_effect_began_with_it(district: AsyncSession) -> None:
    flags = (
        await district.scalars(
            select(PatientFlag)
            .where(PatientFlag.code == "severe_side_effect")
            .order_by(PatientFlag.since)
        )
    ).all()
    alerts = await district.scalars(
        select(Alert.raised_at).where(Alert.kind == "severe_side_effect").order_by(Alert.raised_at)
    )

    assert [f.since for f in flags] == alerts.all()
    assert [f.until is None for f in flags] == [False, True]


async def test_inboxes_hold_lines_read_and_unread(district: AsyncSession, demo: Demo) -> None:
    notices = (await district.scalars(select(Notice))).all()
    of_staff = [n for n in notices if n.staff_id]
    of_patients = [n for n in notices if n.patient_id]

    for lines in (of_staff, of_patients):
        assert {n.read_at is None for n in lines} == {True, False}
        assert all(n.created_at <= demo.loading.at for n in lines)
    assert {n.kind for n in of_staff} >= {"alert_raised", "alert_escalated", "alert_handed_over"}


async def test_a_patient_was_told_of_the_film_that_was_not_accepted(
    district: AsyncSession,
) -> None:
    newest = await district.scalar(
        select(Review)
        .where(Review.verdict == Verdict.REJECTED)
        .order_by(Review.created_at.desc())
        .limit(1)
    )
    assert newest is not None

    told = await district.scalar(select(Notice).where(Notice.key == f"review:{newest.id}"))

    assert told is not None
    assert told.read_at is None


async def test_contacts_of_every_kind_were_written_down(district: AsyncSession) -> None:
    assert set(await district.scalars(select(ContactLog.kind))) == set(ContactKind)


async def test_a_childs_guardian_holds_the_phone_and_one_child_has_just_turned_14(
    district: AsyncSession, demo: Demo
) -> None:
    today = demo.loading.at.astimezone(CLINIC).date()
    rows = await district.execute(
        select(Patient, Guardian, WechatAccount.openid)
        .join(Guardian, Guardian.patient_id == Patient.id)
        .join(WechatAccount, WechatAccount.id == Guardian.wechat_account_id)
    )
    found = rows.all()
    users = Accounts.model_validate_json(demo.loading.accounts.read_bytes()).patients

    assert {needs_guardian(p.birth_on, today) for p, _, _ in found} == {True, False}
    assert all(patient.wechat_account_id is None for patient, _, _ in found)
    assert {openid for _, _, openid in found} <= {openid_of(u.user) for u in users}


async def test_a_person_registered_twice_is_found_by_whoever_may_merge(
    district: AsyncSession,
) -> None:
    supervisor_id = await district.scalar(
        select(StaffAccount.id).where(StaffAccount.username == "tanyulan")
    )
    assert supervisor_id is not None
    roles = frozenset({Role.DOCTOR, Role.SUPERVISOR})
    actor = StaffActor(supervisor_id, supervisor_id, roles, None)
    records = await district.scalars(select(Patient).where(Patient.closed_at.is_(None)))

    twice = [
        (patient, twin.patient)
        for patient in records.all()
        for twin in await possible_twins(district, actor, patient, patient.phone)
    ]

    assert {patient.name for patient, _ in twice} == {"谢光荣"}
    assert {(one.sex, one.birth_on) == (other.sex, other.birth_on) for one, other in twice} == {
        True
    }


async def test_every_title_that_a_visitor_may_try_has_a_login(
    district: AsyncSession, demo: Demo
) -> None:
    written = Accounts.model_validate_json(demo.loading.accounts.read_bytes()).staff
    titles = await district.scalars(
        select(StaffMember.title)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(StaffAccount.username.in_([s.username for s in written]))
    )

    assert set(titles) >= {
        Title.VILLAGE_DOCTOR,
        Title.NURSE,
        Title.FAMILY_DOCTOR,
        Title.TB_SUPERVISOR,
        Title.ADMINISTRATOR,
    }


async def test_changes_of_access_stand_in_every_state_that_a_page_shows(
    district: AsyncSession, demo: Demo
) -> None:
    changes = (await district.scalars(select(AccessChange))).all()
    asked = [c for c in changes if c.settled_by is not None or c.settled_at is None]
    waiting = [c for c in asked if c.settled_at is None and c.expires_at > demo.loading.at]
    expired = [c for c in asked if c.settled_at is None and c.expires_at <= demo.loading.at]

    assert {c.kind for c in waiting} == {
        AccessChangeKind.ACTIVATION,
        AccessChangeKind.ABSENCE,
        AccessChangeKind.MEMBERSHIP,
    }
    assert len(expired) == 1
    assert {c.state for c in asked} == {
        AccessChangeState.WAITING,
        AccessChangeState.CONFIRMED,
        AccessChangeState.REFUSED,
    }
    told = await district.scalars(select(Notice.key).where(Notice.kind.like("access_%")))
    keys = set(told)
    assert {f"access_asked:{c.id}" for c in asked} <= keys
    assert {f"access_settled:{c.id}" for c in asked if c.settled_at} <= keys


async def test_one_regimen_is_an_institutions_own_and_one_was_withdrawn(
    district: AsyncSession,
) -> None:
    own = select(TreatmentTemplate).where(TreatmentTemplate.institution_id.is_not(None))

    assert {t.is_active for t in await district.scalars(own)} == {True, False}


async def test_the_newest_jobs_that_gave_up_are_counted_for_the_operator(
    district: AsyncSession, demo: Demo
) -> None:
    counts = await failed_jobs.count_failed(district)

    assert {row.name: row.times for row in counts} == {
        "medication.drop_source": 2,
        "alerts.patient_moved": 1,
    }
    for row in counts:
        assert row.name in FEATURES.jobs
        assert row.failed_at is not None
        assert row.failed_at < demo.loading.at


async def test_every_role_has_somebody(district: AsyncSession) -> None:
    roles = await district.scalars(select(StaffAccount.roles))

    assert {role for held in roles for role in held} == {role.value for role in Role}
