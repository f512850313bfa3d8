"""The demonstration district: alive in every state, and true in every number."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, StaffAccount, WechatAccount
from app.accounts.service.passwords import verify_password
from app.core import clock
from app.core.db import Base
from app.core.storage import Storage, StoredObject
from app.institutions.models import Institution, Tier
from app.medication import rules
from app.medication.audit import VIEW_VIDEO
from app.medication.models import (
    Dose,
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
    Review,
    ReviewWithdrawal,
)
from app.medication.queries.rates import courses_of
from app.medication.rules import DoseState
from app.medication.service.reviews import is_sampled
from app.patients.models import BindingCode, Condition, Patient, TypedBindingCode
from app.patients.search import keys_to_find
from app.patients.service.typed_codes import hash_of
from scripts.demo.__main__ import run
from scripts.wechat_standin.desk import Accounts
from scripts.wechat_standin.state import openid_of
from tests.demo.conftest import Demo

OF_VIDEO = {DoseState.OBSERVED}
VERIFIED = OF_VIDEO | {DoseState.LIVE, DoseState.IN_PERSON}
NOT_EXPECTED = {DoseState.HELD, DoseState.RESCHEDULED, DoseState.CANCELLED}


async def _doses(session: AsyncSession) -> Sequence[Dose]:
    return (await session.scalars(select(Dose))).all()


async def _films(session: AsyncSession) -> Sequence[Recording]:
    return (await session.scalars(select(Recording))).all()


async def test_every_state_of_a_dose_occurs(district: AsyncSession, demo: Demo) -> None:
    states = Counter(rules.state_of(d, demo.loading.at) for d in await _doses(district))

    assert set(states) == set(DoseState)


async def test_the_district_has_four_tiers_and_forty_patients_with_sixty_days(
    district: AsyncSession,
) -> None:
    tiers = await district.scalars(select(Institution.tier))
    patients = (await district.scalars(select(Patient))).all()
    spans = await district.execute(
        select(Dose.patient_id, func.min(Dose.due_on)).group_by(Dose.patient_id)
    )
    oldest = [row[1] for row in spans]

    assert set(tiers) == set(Tier)
    assert len(patients) >= 40
    assert {c for p in patients for c in p.conditions} == {c.value for c in Condition}
    assert sum(p.wechat_account_id is not None for p in patients) >= 30
    assert sum(on <= max(oldest) - timedelta(days=60) for on in oldest) >= 40


def _recount(doses: Sequence[Dose], at: datetime) -> list[int]:
    """Count again by the word on each card, not by the SQL of the rates."""
    states = [
        (rules.state_of(d, at), d)
        for d in doses
        if d.closes_at <= at and rules.state_of(d, at) not in NOT_EXPECTED
    ]
    waiting = {DoseState.UPLOADING, DoseState.PROCESSING, DoseState.PENDING_REVIEW}
    return [
        len(states),
        sum(state in OF_VIDEO for state, _ in states),
        sum(state in VERIFIED for state, _ in states),
        sum(state in VERIFIED or d.self_reported_taken is True for state, d in states),
        sum(state in waiting for state, _ in states),
    ]


async def test_rates_are_those_of_a_recount(district: AsyncSession, demo: Demo) -> None:
    at = demo.loading.at
    by_patient: dict[UUID, dict[UUID, list[Dose]]] = defaultdict(lambda: defaultdict(list))
    for dose in await _doses(district):
        by_patient[dose.patient_id][dose.treatment_id].append(dose)

    observed = []
    for patient_id, by_treatment in by_patient.items():
        for line in await courses_of(district, patient_id, at, at.date()):
            of = line.whole
            counted = [of.closed, of.observed, of.verified, of.reported, of.unreviewed]
            assert counted == _recount(by_treatment[line.id], at)
            observed.append(of.observed_rate or 0)
    assert max(observed) > 0.9
    assert any(0.3 < rate < 0.8 for rate in observed)


async def _objects(storage: Storage, prefix: str) -> list[StoredObject]:
    objects: list[StoredObject] = []
    while page := await storage.list_page(prefix, objects[-1].key if objects else ""):
        objects += page
    return objects


async def test_every_film_that_is_not_deleted_is_an_object_of_its_own(
    district: AsyncSession, demo: Demo
) -> None:
    storage = Storage(demo.loading.settings)
    films = {o.key: o.size for o in await _objects(storage, "films/")}
    stills = {o.key for o in await _objects(storage, "stills/")}
    kept: list[Recording] = []
    gone: list[Recording] = []
    for recording in await _films(district):
        if recording.film_key:
            (gone if recording.film_deleted_at else kept).append(recording)

    assert len({r.film_key for r in kept}) == len(kept) > 500
    assert all(films[str(r.film_key)] > 50_000 for r in kept)
    assert gone
    assert not {r.film_key for r in gone} & set(films)
    assert all({r.poster_key, r.sheet_key} <= stills for r in kept)


async def test_the_queue_holds_films_overdue_flagged_and_fresh(
    district: AsyncSession, demo: Demo
) -> None:
    waiting = [r for r in await _films(district) if r.pending_reading is Reading.FIRST]
    flags = {flag for r in waiting for flag in r.flags}
    overdue = [r for r in waiting if r.due_by and r.due_by < demo.loading.at]

    assert len(waiting) >= 25
    assert 0 < len(overdue) < len(waiting)
    assert flags == set(RecordingFlag)
    assert sum(r.flagged for r in waiting) < len(waiting) / 2


async def test_each_dose_stands_as_its_newest_standing_review_says(district: AsyncSession) -> None:
    withdrawn = set(await district.scalars(select(ReviewWithdrawal.review_id)))
    reviews = await district.scalars(select(Review).order_by(Review.created_at))
    newest = {
        r.recording_id: r.verdict
        for r in reviews
        if r.id not in withdrawn and r.reading is Reading.FIRST
    }
    decided = [d for d in await _doses(district) if d.verdict is not None]

    assert withdrawn
    assert len(decided) > 500
    assert all(newest[d.recording_id] is d.verdict for d in decided if d.recording_id)


async def test_second_readings_are_of_the_sample_and_by_another_reader(
    district: AsyncSession, demo: Demo
) -> None:
    percent = demo.loading.settings.second_reading_percent
    films = {r.id: r for r in await _films(district)}
    second = (await district.scalars(select(Review).where(Review.reading == Reading.SECOND))).all()

    assert second
    for review in second:
        assert is_sampled(review.recording_id, percent)
        assert films[review.recording_id].first_reviewer_id != review.reviewer_id


async def test_nothing_happened_in_the_future(district: AsyncSession, demo: Demo) -> None:
    made: list[type[Any]] = [Review, Recording, AuditEvent, Patient]
    for table in made:
        newest = await district.scalar(select(func.max(table.created_at)))
        assert newest is not None
        assert newest <= clock.now()
    for film in await _films(district):
        uploaded_at = film.uploaded_at or film.captured_at
        assert film.captured_at <= uploaded_at <= (film.first_reviewed_at or demo.loading.at)


async def test_every_film_watched_is_on_the_audit_trail(district: AsyncSession) -> None:
    views = await district.execute(
        select(AuditEvent.subject_id, AuditEvent.actor_id).where(
            AuditEvent.action == VIEW_VIDEO.code
        )
    )
    readings = await district.execute(select(Review.recording_id, Review.reviewer_id))

    assert {tuple(r) for r in readings} <= {tuple(v) for v in views}


async def test_what_has_just_arrived_has_a_job(district: AsyncSession) -> None:
    arriving = [f for f in await _films(district) if f.state is RecordingState.UPLOADED]
    todo = await district.scalars(
        text(
            "select args->>'media_id' from procrastinate_jobs"
            " where task_name = 'medication.film_arrived' and status = 'todo'"
        )
    )

    assert {str(f.media_id) for f in arriving} == set(todo)
    assert arriving


async def test_patients_are_found_by_name_and_by_the_end_of_the_phone(
    district: AsyncSession,
) -> None:
    patient = (await district.scalars(select(Patient))).all()[0]

    for typed in (patient.name, patient.name[:1], patient.phone, patient.phone[-4:]):
        found = await district.scalars(
            select(Patient.id).where(Patient.search_keys.overlap(keys_to_find(typed)))
        )
        assert patient.id in found.all()


async def test_the_accounts_written_down_open_the_doors(district: AsyncSession, demo: Demo) -> None:
    written = Accounts.model_validate_json(demo.loading.accounts.read_bytes())
    openids = set(await district.scalars(select(WechatAccount.openid)))
    known = await district.execute(select(StaffAccount.username, StaffAccount.password_hash))
    hashes = {row.username: row.password_hash for row in known}
    doctor = written.staff[0]
    newcomer = next(p for p in written.patients if "绑定码" in p.about)
    code = newcomer.about.split("绑定码 ")[1][:8]
    binding = await district.scalar(
        select(BindingCode)
        .join(TypedBindingCode)
        .where(TypedBindingCode.digits_hash == hash_of(code))
    )

    assert await verify_password(hashes[doctor.username], doctor.password)
    assert {openid_of(p.user) for p in written.patients if p is not newcomer} <= openids
    assert openid_of(newcomer.user) not in openids
    assert binding is not None
    assert binding.used_at is None
    assert demo.loading.accounts.stat().st_mode & 0o077 == 0


async def test_a_second_run_changes_nothing(district: AsyncSession, demo: Demo) -> None:
    async def counts() -> dict[str, int | None]:
        tables = Base.metadata.sorted_tables
        return {t.name: await district.scalar(select(func.count()).select_from(t)) for t in tables}

    before, accounts = await counts(), json.loads(demo.loading.accounts.read_text())

    assert not await run(demo.loading)
    assert await counts() == before
    assert json.loads(demo.loading.accounts.read_text()) == accounts
