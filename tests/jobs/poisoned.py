"""For each periodic job: two rows that it walks, one of which cannot be written."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginAttempt, Role
from app.alerts.models import Alert, AlertEvent, AlertState
from app.core import clock
from app.core.db import Base
from app.core.idempotency import IdempotencyRecord
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.limits import RequestWindow
from app.core.stream import StreamEvent
from app.media.models import MediaObject, MediaState
from app.medication.models import AdherenceDay, Dose, Outcome, Progress, RecordingState, Verdict
from app.notifications.models import Notice
from app.patients.models import BindingAttempt, PatientFlag
from tests.accounts.factories import make_wechat_account
from tests.alerts.factories import make_alert
from tests.jobs.queue import failed_job
from tests.medication import factories as make
from tests.medication import stopped

LONG = timedelta(days=400)


@dataclass
class Poisoned:
    """`when` marks the bad row of `table`; `is_done` asks for its neighbour."""

    table: str
    when: str
    is_done: Callable[[], Awaitable[bool]]


Scenario = Callable[[AsyncSession, JobContext, Path], Awaitable[Poisoned]]
SCENARIOS: dict[str, Scenario] = {}


def of(*names: str) -> Callable[[Scenario], Scenario]:
    def register(scenario: Scenario) -> Scenario:
        SCENARIOS.update(dict.fromkeys(names, scenario))
        return scenario

    return register


async def _count(session: AsyncSession, model: type[Base], *where: Any) -> int:
    return int(await session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


async def _old_rows(
    session: AsyncSession, model: type[Any], make_row: Callable[[], Any]
) -> Poisoned:
    """Two that have served; the bad one is the older."""
    bad, good = make_row(), make_row()
    session.add(bad)
    await session.flush()
    session.add(good)
    await session.flush()
    identity = good.id

    async def is_done() -> bool:
        return await _count(session, model, model.id == identity) == 0

    return Poisoned(model.__tablename__, f"old.id = '{bad.id}'", is_done)


@of("core.forget_answers")
async def answers(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    for key, age in (("bad", LONG * 2), ("good", LONG)):
        session.add(
            IdempotencyRecord(
                actor_id=uuid7(), key=key, request_hash="h", created_at=clock.now() - age
            )
        )
    await session.flush()

    async def is_done() -> bool:
        return await _count(session, IdempotencyRecord, IdempotencyRecord.key == "good") == 0

    return Poisoned("idempotency_record", "old.key = 'bad'", is_done)


@of("core.forget_windows")
async def windows(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    for subject, age in (("bad", LONG * 2), ("good", LONG)):
        began_at = clock.now() - age
        session.add(RequestWindow(name="n", subject=subject, began_at=began_at, count=1))
    await session.flush()

    async def is_done() -> bool:
        return await _count(session, RequestWindow, RequestWindow.subject == "good") == 0

    return Poisoned("request_window", "old.subject = 'bad'", is_done)


@of("medication.roll_up")
async def figures(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    yesterday = clock.now().date() - timedelta(days=1)
    bad, good = [(await make.make_patient(session)) for _ in range(2)]
    for patient in (bad, good):
        await make.make_dose(session, patient=patient, due_on=yesterday)

    async def is_done() -> bool:
        return await _count(session, AdherenceDay, AdherenceDay.team_id == good.team_id) > 0

    return Poisoned("adherence_day", f"new.team_id = '{bad.team_id}'", is_done)


@of("core.forget_events")
async def events(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    at = clock.now() - LONG
    return await _old_rows(
        session, StreamEvent, lambda: StreamEvent(topic="t", name="n", ids={}, created_at=at)
    )


@of("accounts.forget")
async def attempts(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    at = clock.now() - LONG
    columns = {"username": "#wang", "address": "1", "succeeded": False, "reason": "password"}
    return await _old_rows(session, LoginAttempt, lambda: LoginAttempt(created_at=at, **columns))


@of("patients.forget_attempts")
async def binding_attempts(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    account, at = await make_wechat_account(session), clock.now() - LONG
    return await _old_rows(
        session,
        BindingAttempt,
        lambda: BindingAttempt(wechat_account_id=account.id, created_at=at),
    )


@of("notifications.forget")
async def notices(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    staff, at = await make.make_staff(session), clock.now() - LONG
    return await _old_rows(
        session,
        Notice,
        lambda: Notice(staff_id=staff.id, kind="k", key=str(uuid7()), created_at=at),
    )


@of("notifications.tell_failed_jobs")
async def failed_jobs(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    institution = await make.make_institution(session)
    operator = await make.make_staff(session, institution=institution, roles=[Role.OPERATOR])
    for name in ("tests.bad", "tests.good"):
        await failed_job(session, name)

    async def is_done() -> bool:
        return await _count(session, Notice, Notice.staff_id == operator.id) == 1

    return Poisoned("notice", "new.key like 'job_failed:tests.bad:%'", is_done)


@of("medication.end_treatments")
async def ended(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    today = clock.today_in("Asia/Shanghai")
    over: dict[str, Any] = {
        "starts_on": today - timedelta(days=9),
        "stopped_on": today - timedelta(days=1),
    }
    treatments = [
        await make.make_treatment(session, **over, outcome=Outcome.COMPLETED) for _ in range(2)
    ]
    bad, good = [await make.make_alert(session, treatment=one) for one in treatments]

    async def is_done() -> bool:
        closed = Alert.state == AlertState.CLOSED
        return await _count(session, Alert, Alert.id == good.id, closed) == 1

    return Poisoned("alert", f"new.id = '{bad.id}'", is_done)


@of("patients.compare_flags")
async def flags(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    bad, good = [await make.make_dose(session) for _ in range(2)]
    for dose in (bad, good):
        await stopped.stop_at(session, dose)
    await session.execute(delete(PatientFlag))  # the nightly comparison has them to set

    async def is_done() -> bool:
        return await _count(session, PatientFlag, PatientFlag.patient_id == good.patient_id) == 1

    return Poisoned("patient_flag", f"new.patient_id = '{bad.patient_id}'", is_done)


async def _media(session: AsyncSession, state: MediaState, **columns: Any) -> list[MediaObject]:
    patients = [await make.make_patient(session) for _ in range(2)]
    return [
        await make.make_media(
            session, patient=patient, state=state, stored_at=clock.now(), **columns
        )
        for patient in patients
    ]


def _is_in(session: AsyncSession, media: MediaObject, state: MediaState) -> Callable[..., Any]:
    async def is_done() -> bool:
        await session.refresh(media)
        return media.state is state

    return is_done


def _job_of(media: MediaObject) -> str:
    return f"new.args->>'media_id' = '{media.id}'"


@of("media.reconcile")
async def uploads(session: AsyncSession, context: JobContext, place: Path) -> Poisoned:
    at = clock.now() - timedelta(minutes=5)
    bad, good = await _media(session, MediaState.PRESIGNED, next_check_at=at)
    (place / "film").write_bytes(b"a film")
    for media in (bad, good):
        await context.storage.upload(media.key, place / "film", "video/mp4")
    return Poisoned("procrastinate_jobs", _job_of(bad), _is_in(session, good, MediaState.STORED))


@of("media.expire")
async def due_objects(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    bad, good = await _media(session, MediaState.STORED, delete_at=clock.now())
    return Poisoned("procrastinate_jobs", _job_of(bad), _is_in(session, good, MediaState.DELETED))


@of("media.sweep")
async def lost_objects(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    bad, good = await _media(session, MediaState.STORED)
    return Poisoned("procrastinate_jobs", _job_of(bad), _is_in(session, good, MediaState.DELETED))


@of("alerts.escalate")
async def waiting_alerts(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    at = clock.now() - timedelta(days=20)
    bad, good = [await make_alert(session, at=at, escalate_at=at) for _ in range(2)]

    async def is_done() -> bool:
        return await _count(session, AlertEvent, AlertEvent.alert_id == good.id) > 0

    return Poisoned("alert_event", f"new.alert_id = '{bad.id}'", is_done)


@of("alerts.close_handled")
async def handled_alerts(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    handled: dict[str, Any] = {"state": AlertState.HANDLED, "handled_at": clock.now() - LONG}
    bad, good = [await make_alert(session, **handled) for _ in range(2)]

    async def is_done() -> bool:
        await session.refresh(good)
        return good.state is AlertState.CLOSED

    return Poisoned("alert", f"old.id = '{bad.id}'", is_done)


@of("medication.requeue_films")
async def stuck_films(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    columns: dict[str, Any] = {
        "state": RecordingState.PROCESSING,
        "uploaded_at": clock.now() - timedelta(hours=1),
    }
    bad, good = [await make.make_recording(session, **columns) for _ in range(2)]

    async def is_done() -> bool:
        await session.refresh(good)
        return good.rounds == 1

    return Poisoned("recording", f"old.id = '{bad.id}'", is_done)


@of("medication.lay_out_doses")
async def treatments(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    bad, good = [await make.make_treatment(session) for _ in range(2)]

    async def is_done() -> bool:
        return await _count(session, Dose, Dose.treatment_id == good.id) > 0

    return Poisoned("dose", f"new.treatment_id = '{bad.id}'", is_done)


@of("medication.notice_misses", "medication.notice_misses_again")
async def missed(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    courses = []
    for _ in range(2):
        patient = await make.make_patient(session)
        treatment = await make.make_treatment(session, patient=patient)
        doses = await make.make_doses(session, patient=patient, treatment=treatment, days=3)
        doses[-1].closes_at = clock.now() - timedelta(minutes=1)
        courses.append(treatment)
    await session.flush()
    bad, good = courses

    async def is_done() -> bool:
        return await _count(session, Alert, Alert.subject_id == good.id) == 1

    return Poisoned("alert", f"new.subject_id = '{bad.id}'", is_done)


@of("medication.tell_verdicts", "medication.tell_verdicts_again")
async def verdicts(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    at = clock.now() - timedelta(minutes=1)
    bad, good = [
        await make.make_review(session, verdict=Verdict.REJECTED, created_at=at) for _ in range(2)
    ]

    async def is_done() -> bool:
        return await _count(session, Notice, Notice.key == f"review:{good.id}") == 1

    return Poisoned("notice", f"new.key = 'review:{bad.id}'", is_done)


@of("medication.take_up_films")
async def films_behind(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    bad, good = [
        await make.make_recording(session, state=RecordingState.UPLOADED, behind=True)
        for _ in range(2)
    ]
    refused = {"progress": Progress.NONE, "verdict": Verdict.REJECTED, "recording_id": None}
    doses = Dose.id.in_([bad.dose_id, good.dose_id])
    await session.execute(update(Dose).where(doses).values(**refused))

    async def is_done() -> bool:
        dose = await session.get_one(Dose, good.dose_id, populate_existing=True)
        return dose.recording_id == good.id

    return Poisoned("recording", f"old.id = '{bad.id}'", is_done)


@of("medication.give_up_uploads")
async def never_sent(session: AsyncSession, _context: JobContext, _place: Path) -> Poisoned:
    columns: dict[str, Any] = {"state": RecordingState.REQUESTED, "created_at": clock.now() - LONG}
    bad, good = [await make.make_recording(session, **columns) for _ in range(2)]

    async def is_done() -> bool:
        dose = await session.get_one(Dose, good.dose_id, populate_existing=True)
        return dose.progress is Progress.NONE

    return Poisoned("recording", f"old.id = '{bad.id}'", is_done)
