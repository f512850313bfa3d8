"""Flags: set once, raised and lowered in place, cleared alone, compared every night."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.assembly import assemble
from app.core.db import Sessionmaker
from app.core.feature import Feature, FlagFact, FlagKind
from app.core.ids import uuid7
from app.core.items import ItemsFailedError
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.severity import Severity
from app.core.storage import Storage
from app.core.words import Mark
from app.features import FEATURES
from app.patients import jobs
from app.patients.models import Condition, Patient, PatientFlag
from app.patients.queries.flags import flags_of
from app.patients.service import flags
from tests.patients.factories import make_patient

SLEEPS = FlagKind("sleeps_badly", Mark("alert", "睡不好 {count} 晚", "warn"), frozenset({"doctor"}))
SECRET = FlagKind("secret", Mark("alert", "只给督导看", "danger"), frozenset({"supervisor"}))
KINDS = {kind.code: kind for kind in (SLEEPS, SECRET)}
DOCTOR, BOTH = frozenset({"doctor"}), frozenset({"doctor", "supervisor"})


@pytest.fixture
async def patient(session: AsyncSession) -> Patient:
    return await make_patient(session, bound=False)


async def rows(session: AsyncSession, patient: Patient) -> list[PatientFlag]:
    found = select(PatientFlag).where(PatientFlag.patient_id == patient.id)
    found = found.order_by(PatientFlag.created_at, PatientFlag.id)
    return list(await session.scalars(found, execution_options={"populate_existing": True}))


async def sleeps(session: AsyncSession, patient: Patient, count: int, **more: Any) -> None:
    severity = Severity.DANGER if count > 3 else Severity.WARNING
    await flags.set_flag(session, patient.id, "sleep", SLEEPS, severity, count=count, **more)


async def test_a_flag_stands_once_and_is_raised_and_lowered_in_place(
    session: AsyncSession, patient: Patient
) -> None:
    for count in (2, 2, 5, 3):
        await sleeps(session, patient, count)

    [flag] = await rows(session, patient)
    assert (flag.count, flag.severity, flag.until) == (3, Severity.WARNING, None)


async def test_clearing_spares_neighbours(session: AsyncSession, patient: Patient) -> None:
    neighbour, subject = await make_patient(session, bound=False), uuid7()
    await sleeps(session, patient, 2)
    await sleeps(session, patient, 2, subject_id=subject)
    await sleeps(session, neighbour, 2)
    await flags.set_flag(session, patient.id, "sleep", SECRET, Severity.SEVERE)
    await flags.set_flag(session, patient.id, "other", SLEEPS, Severity.NOTICE)

    await flags.clear_flag(session, patient.id, "sleep", SLEEPS)
    await flags.clear_flag(session, patient.id, "sleep", SLEEPS)

    standing = {
        (f.source, f.code, f.subject_id) for f in await rows(session, patient) if not f.until
    }
    assert standing == {
        ("sleep", SLEEPS.code, subject), ("sleep", SECRET.code, None), ("other", SLEEPS.code, None),
    }  # fmt: skip
    assert [f.until for f in await rows(session, neighbour)] == [None]


async def test_a_flag_that_comes_back_is_a_new_one(session: AsyncSession, patient: Patient) -> None:
    await sleeps(session, patient, 2)
    await flags.clear_flag(session, patient.id, "sleep", SLEEPS)
    await sleeps(session, patient, 2)

    assert [f.until is None for f in await rows(session, patient)] == [False, True]


async def test_each_role_sees_its_own_kinds_the_gravest_first(
    session: AsyncSession, patient: Patient
) -> None:
    await sleeps(session, patient, 5)
    await flags.set_flag(session, patient.id, "mind", SECRET, Severity.SEVERE)
    await flags.set_flag(
        session, patient.id, "gone", replace(SLEEPS, code="undeclared"), Severity.SEVERE
    )

    seen = {
        roles: await flags_of(session, [patient.id, uuid7()], kinds=KINDS, roles=roles)
        for roles in (DOCTOR, BOTH)
    }

    assert [line.code for line in seen[DOCTOR][patient.id]] == [SLEEPS.code]
    assert [line.code for line in seen[BOTH][patient.id]] == [SECRET.code, SLEEPS.code]
    [line] = seen[DOCTOR][patient.id]
    assert (line.word, line.token) == ("睡不好 5 晚", "danger")
    assert list(seen[DOCTOR]) == [patient.id]


def test_severe_mental_illness_is_no_condition() -> None:
    """Conditions stand in every head and list; what only named roles may see is a flag."""
    sensitive = ("psych", "mental", "schizo", "bipolar", "delusion", "epilep", "psychosis")

    assert [c for c in Condition if any(word in c.value for word in sensitive)] == []


def context_of(settings: Settings, sessions: Sessionmaker, *features: Feature) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), assemble(features))


def sleep_feature(truth: dict[UUID, int], broken: UUID | None = None) -> Feature:
    async def flag_truth(
        _: AsyncSession, patient_ids: Collection[UUID], __: datetime
    ) -> list[FlagFact]:
        if broken in patient_ids:
            raise ZeroDivisionError
        return [
            FlagFact(p, SLEEPS.code, Severity.WARNING, None, truth[p])
            for p in patient_ids
            if p in truth
        ]

    return Feature("sleep", flags=(SLEEPS,), flag_truth=flag_truth)


async def test_every_night_flags_are_brought_to_the_truth(
    session: AsyncSession, settings: Settings, sessions: Sessionmaker,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(jobs, "BATCH", 2)
    missing, old, ended, right, foreign = [
        await make_patient(session, bound=False) for _ in range(5)
    ]
    for patient, count in ((old, 2), (ended, 2), (right, 3)):
        await sleeps(session, patient, count)
    await flags.set_flag(session, foreign.id, "other", SLEEPS, Severity.NOTICE)
    context = context_of(settings, sessions, sleep_feature({missing.id: 4, old.id: 3, right.id: 3}))

    with caplog.at_level("INFO", "app.patients"):
        await jobs.compare_flags(context)
        await jobs.compare_flags(context)

    counts = [
        [(f.count, f.until is None) for f in await rows(session, p)]
        for p in (missing, old, ended, right, foreign)
    ]
    assert counts == [[(4, True)], [(3, True)], [(2, False)], [(3, True)], [(None, True)]]
    told = [(r.added, r.changed, r.ended) for r in caplog.records]  # type: ignore[attr-defined]
    assert told == [(1, 1, 1), (0, 0, 0)]


async def test_a_batch_that_fails_stops_no_other_and_is_seen(
    session: AsyncSession, settings: Settings, sessions: Sessionmaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(jobs, "BATCH", 1)
    first, bad, last = [await make_patient(session, bound=False) for _ in range(3)]
    truth = {first.id: 2, bad.id: 2, last.id: 2}
    context = context_of(settings, sessions, sleep_feature(truth, broken=bad.id))

    with pytest.raises(ItemsFailedError):
        await jobs.compare_flags(context)

    counts = [len(await rows(session, p)) for p in (first, bad, last)]
    assert counts == [1, 0, 1]


def test_the_comparison_runs_at_night_in_china() -> None:
    cron = FEATURES.jobs["patients.compare_flags"].cron

    assert cron is not None
    assert 18 <= int(cron.split()[1]) <= 20
