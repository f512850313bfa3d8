"""Two requests at once: the database lets one pass, the other gets a problem."""

import asyncio
from collections.abc import Awaitable, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.accounts.service import attempts
from app.core.db import Sessionmaker
from app.core.feature import FlagFact, FlagKind
from app.core.ids import uuid7
from app.core.problems import TooManyAttempts
from app.core.severity import Severity
from app.core.words import Mark
from app.features import FEATURES
from app.patients.models import ContactKind, ContactLog, Patient, PatientFlag
from app.patients.service import binding_codes, bindings, contacts, flags, merging, records
from tests.accounts.factories import actor_of, documents, make_wechat_account
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.patients.factories import make_child, make_patient
from tests.racing import Work, outcome, together

DOCUMENTS = documents(90)
YES = [(d.purpose, d.version) for d in DOCUMENTS]


async def issue(session: AsyncSession, patient: Patient, code: str) -> None:
    doctor = await make_staff(session)
    actor = StaffActor(doctor.id, doctor.id, frozenset({"doctor"}), None)
    await binding_codes.issue_code(session, actor, patient.id, code)


def binding(phone: UUID, code: str) -> Work:
    return lambda session: bindings.bind(session, bindings.Binder(phone, YES), code, DOCUMENTS)


async def test_two_phones_with_one_code_leave_one_bound(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        patient = await make_patient(session, bound=False)
        await issue(session, patient, "ABCD2345")
        phones = [(await make_wechat_account(session)).id for _ in range(2)]

    results = await together(committed_database, *(binding(phone, "ABCD2345") for phone in phones))

    assert results == ["binding-code-used", "ok"]


async def test_one_phone_with_two_codes_at_once_is_bound_once(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        team = await make_team(session)
        codes = ["AAAA2222", "BBBB3333"]
        for code in codes:
            await issue(session, await make_patient(session, team=team, bound=False), code)
        phone = (await make_wechat_account(session)).id

    results = await together(committed_database, *(binding(phone, code) for code in codes))

    assert results == ["already-bound", "ok"]


async def test_refused_code_is_counted_though_the_request_rolls_back(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        phone = (await make_wechat_account(session)).id

    guesses = [
        await outcome(committed_database, lambda s: binding_codes.look_up(s, phone, "WRONG234"))
        for _ in range(11)
    ]

    assert guesses == ["binding-code-unknown"] * 10 + ["too-many-attempts"]


async def test_parallel_guesses_at_a_password_cannot_outrun_the_count(
    committed_database: Sessionmaker,
) -> None:
    async def guess() -> bool:
        try:
            await attempts.begin(committed_database, "wang", "192.0.2.1")
        except TooManyAttempts:
            return False
        return True

    let_through = await asyncio.gather(*(guess() for _ in range(12)))

    assert sum(let_through) == attempts.PER_PAIR.free


async def test_one_phone_is_not_bound_to_its_own_and_a_childs_record_at_once(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        own = await make_patient(session, bound=False)
        child = await make_child(session, bound=False)
        await issue(session, own, "AAAA2222")
        await issue(session, child, "BBBB3333")
        phone = (await make_wechat_account(session)).id

    results = await together(
        committed_database, binding(phone, "AAAA2222"), binding(phone, "BBBB3333")
    )

    assert results == ["already-bound", "ok"]


async def test_two_presses_at_once_write_one_contact(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        patient = await make_patient(session, bound=False)
        doctor = await make_staff(session)

    def press(session: AsyncSession) -> Awaitable[object]:
        return contacts.log_contact(
            session, actor_of(doctor.id), patient, ContactKind.CALLED, None, "one-press"
        )

    results = await together(committed_database, press, press)

    async with committed_database() as session:
        written = await session.scalar(select(func.count()).select_from(ContactLog))
    assert results == ["ok", "ok"]
    assert written == 1


async def test_two_raise_a_flag_at_once_and_it_stands_once(
    committed_database: Sessionmaker,
) -> None:
    kind = FlagKind("toy", Mark("alert", "玩具", "warn"), frozenset({"doctor"}))
    async with committed_database.begin() as session:
        patient = await make_patient(session, bound=False)

    def raising(severity: Severity) -> Work:
        return lambda s: flags.set_flag(s, patient.id, "toy", kind, severity)

    results = await together(
        committed_database, raising(Severity.WARNING), raising(Severity.DANGER)
    )

    async with committed_database() as session:
        standing = await session.scalar(select(func.count()).select_from(PatientFlag))
    assert results == ["ok", "ok"]
    assert standing == 1


async def test_of_two_who_merge_one_record_into_others_one_is_told(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        team = await make_team(session, institution=home)
        chief = await make_staff(session, institution=home, roles=[Role.SUPERVISOR])
        first, second = [await make_patient(session, team=team, bound=False) for _ in range(2)]
    actor = actor_of(chief.id, Role.SUPERVISOR)

    def merge(old: Patient, kept: Patient) -> Work:
        order = merging.Merge(old.id, kept.id, 1, 1)
        return lambda session: merging.merge_records(session, FEATURES, actor, order)

    results = await together(committed_database, merge(first, second), merge(second, first))

    assert results == ["not-found", "ok"]


async def test_of_two_who_change_a_record_the_later_is_told(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        team = await make_team(session)
        doctor = await make_staff(session, team=team)
        patient = await make_patient(session, team=team, bound=False)
    names = [n for n in records.Particulars.__annotations__ if n != "name"]
    kept = {name: getattr(patient, name) for name in names}

    def change(name: str) -> Work:
        async def work(session: AsyncSession) -> None:
            stored = await session.get_one(Patient, patient.id)
            particulars = records.Particulars(**kept, name=name)
            await records.change_patient(
                session, FEATURES, actor_of(doctor.id), stored, particulars, version=1
            )

        return work

    results = await together(committed_database, change("甲"), change("乙"))

    assert results == ["ok", "record-changed"]


async def test_of_two_that_refresh_flags_the_later_sees_what_the_earlier_wrote(
    committed_database: Sessionmaker,
) -> None:
    kind = FlagKind("toy", Mark("alert", "联系 {count} 次", "warn"), frozenset({"doctor"}))
    async with committed_database.begin() as session:
        patient = await make_patient(session, bound=False)
        doctor = await make_staff(session)

    async def truth(
        session: AsyncSession, patient_ids: Collection[UUID], _: datetime
    ) -> list[FlagFact]:
        count = await session.scalar(select(func.count()).select_from(ContactLog))
        await asyncio.sleep(0.1)  # long enough for the other to read as well, were there no lock
        return [FlagFact(i, "toy", Severity.WARNING, None, count) for i in patient_ids]

    async def work(session: AsyncSession) -> None:
        key = str(uuid7())
        actor = actor_of(doctor.id)
        await contacts.log_contact(session, actor, patient, ContactKind.CALLED, None, key)
        await flags.refresh(session, "toy", [kind], truth, [patient.id])

    results = await together(committed_database, work, work)

    async with committed_database() as session:
        counts = list(await session.scalars(select(PatientFlag.count)))
    assert results == ["ok", "ok"]
    assert counts == [2]


async def test_who_binds_while_the_codes_are_revoked_waits_and_is_told(
    committed_database: Sessionmaker,
) -> None:
    """Joining, unbinding and closing lock the record, then its codes."""
    async with committed_database.begin() as session:
        patient = await make_patient(session, bound=False)
        await issue(session, patient, "ABCD2345")
        phone = (await make_wechat_account(session)).id

    async with committed_database.begin() as session:
        await session.get_one(Patient, patient.id, with_for_update=True)
        bound = asyncio.create_task(outcome(committed_database, binding(phone, "ABCD2345")))
        await asyncio.sleep(0.3)  # until it waits
        await binding_codes.revoke_codes(session, patient.id)

    assert await bound == "binding-code-expired"
