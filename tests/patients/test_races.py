"""Two requests at once: the database lets one pass, the other gets a problem."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.service import attempts
from app.core.db import Sessionmaker
from app.core.problems import Problem, TooManyAttempts, of_integrity_error
from app.patients.models import Patient
from app.patients.service import bindings
from tests.accounts.factories import documents, make_wechat_account
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_patient

DOCUMENTS = documents(90)
YES = [(d.purpose, d.version) for d in DOCUMENTS]


async def outcome(sessions: Sessionmaker, work: Any) -> str:
    """Answer the problem's slug, or "ok", of work in a transaction of its own."""
    try:
        async with sessions.begin() as session:
            await work(session)
    except IntegrityError as error:
        return of_integrity_error(error).type
    except Problem as problem:
        return problem.type
    return "ok"


async def issue(session: AsyncSession, patient: Patient, code: str) -> None:
    doctor = await make_staff(session)
    actor = StaffActor(doctor.id, doctor.id, frozenset({"doctor"}), None)
    await bindings.issue_code(session, actor, patient.id, code)


async def test_two_phones_with_one_code_leave_one_bound(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        patient = await make_patient(session, bound=False)
        await issue(session, patient, "ABCD2345")
        phones = [(await make_wechat_account(session)).id for _ in range(2)]

    def bind(phone: Any) -> Awaitable[str]:
        binder = bindings.Binder(phone, YES)
        return outcome(
            committed_database, lambda s: bindings.bind(s, binder, "ABCD2345", DOCUMENTS)
        )

    results = await asyncio.gather(*(bind(p) for p in phones))

    assert sorted(results) == ["binding-code-used", "ok"]


async def test_one_phone_with_two_codes_at_once_is_bound_once(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        team = await make_team(session)
        codes = ["AAAA2222", "BBBB3333"]
        for code in codes:
            await issue(session, await make_patient(session, team=team, bound=False), code)
        phone = (await make_wechat_account(session)).id

    def bind(code: str) -> Awaitable[str]:
        binder = bindings.Binder(phone, YES)
        return outcome(committed_database, lambda s: bindings.bind(s, binder, code, DOCUMENTS))

    results = await asyncio.gather(*(bind(c) for c in codes))

    assert sorted(results) == ["already-bound", "ok"]


async def test_refused_code_is_counted_though_the_request_rolls_back(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        phone = (await make_wechat_account(session)).id

    guesses = [
        await outcome(committed_database, lambda s: bindings.look_up(s, phone, "WRONG234"))
        for _ in range(11)
    ]

    assert guesses == ["binding-code-unknown"] * 10 + ["too-many-attempts"]


async def test_parallel_guesses_at_a_password_cannot_outrun_the_count(
    committed_database: Sessionmaker,
) -> None:
    async def guess() -> bool:
        async with committed_database() as session:
            try:
                await attempts.begin(session, "wang", "192.0.2.1")
            except TooManyAttempts:
                return False
            return True

    let_through = await asyncio.gather(*(guess() for _ in range(12)))

    assert sum(let_through) == attempts.PER_PAIR.free
