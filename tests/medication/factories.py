"""Treatments, doses, films and verdicts. Hold the clock first (fixture `noon`)."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert
from app.core import clock
from app.core.feature import AlertKind
from app.core.ids import uuid7
from app.institutions.models import Institution, StaffMember
from app.media.models import MediaObject, MediaState
from app.media.video import VideoProblem
from app.medication import rules
from app.medication.alert_kinds import MISSES_IN_ROW
from app.medication.media import FILM
from app.medication.models import (
    Dose,
    DoseHold,
    DoseReport,
    Evidence,
    PhaseDrug,
    Progress,
    Reading,
    Recording,
    RecordingState,
    Review,
    ReviewReason,
    Slot,
    Treatment,
    TreatmentPhase,
    TreatmentTemplate,
    Verdict,
)
from app.medication.queries.described import treatment_ref
from app.medication.queries.doses import DoseToFilm
from app.medication.service import rollups, subtrees
from app.patients.loaders import OwnRecord, PatientOfPhone
from app.patients.models import Condition, Patient, Relation
from tests.alerts import factories as alert_factories
from tests.institutions.factories import make_absence, make_institution, make_staff, make_team
from tests.medication.voices import make_voice
from tests.patients.factories import make_patient

__all__ = [
    "Patient",
    "another_film",
    "make_absence",
    "make_alert",
    "make_dose",
    "make_doses",
    "make_entry",
    "make_hold",
    "make_institution",
    "make_media",
    "make_patient",
    "make_recording",
    "make_review",
    "make_staff",
    "make_team",
    "make_treatment",
    "make_voice",
    "roll_up",
]
HRZE = {"name": "四联抗结核片 HRZE", "strength": "H75/R150/Z400/E275 mg", "tablets": "3"}
_numbers = count(1)


async def make_template(session: AsyncSession, *, author: StaffMember) -> TreatmentTemplate:
    """Make one of the author's institution, named by itself."""
    drug = {"name": "氨氯地平片", "strength": "5 mg", "slots": ["morning"], "weekdays": [1],
            "tablets": "1", "weight_bands": []}  # fmt: skip
    phase = {"name": "长期", "doses": None, "weeks": 12, "drugs": [drug]}
    template = TreatmentTemplate(
        institution_id=author.institution_id, created_by=author.id, name=f"模板 {uuid7()}",
        condition=Condition.HYPERTENSION, definition={"phases": [phase]}, is_active=True,
    )  # fmt: skip
    session.add(template)
    await session.flush()
    return template


async def make_treatment(
    session: AsyncSession,
    *,
    patient: Patient | None = None,
    starts_on: date | None = None,
    days: int = 60,
    slots: Sequence[Slot] = (Slot.MORNING,),
    weekdays: Sequence[int] = (1, 2, 3, 4, 5, 6, 7),
    drug_name: str = HRZE["name"],
    **columns: Any,
) -> Treatment:
    """One phase of one drug, no dose laid out yet."""
    patient = patient or await make_patient(session)
    first = starts_on or rules.dose_day(clock.now(), patient.zone)
    started_by = columns.pop("started_by", None) or (await make_staff(session)).id
    taken = {"tablets": Decimal(3), "slots": [*slots], "weekdays": [*weekdays]}
    drug = PhaseDrug(**HRZE | taken | {"name": drug_name})
    last = first + timedelta(days=days - 1)
    phase = TreatmentPhase(name="强化期", starts_on=first, ends_on=last, drugs=[drug])
    usual: dict[str, Any] = {
        "patient_id": patient.id,
        "name": "肺结核初治 2HRZE/4HR",
        "condition": Condition.TUBERCULOSIS,
        "starts_on": first,
        "slot_times": {},
        "laid_until": first - timedelta(days=1),
        "started_by": started_by,
        "phases": [phase],
    }
    treatment = Treatment(**usual | columns)
    session.add(treatment)
    await session.flush()
    return treatment


async def make_dose(
    session: AsyncSession,
    *,
    patient: Patient | None = None,
    treatment: Treatment | None = None,
    due_on: date | None = None,
    slot: Slot = Slot.MORNING,
    **columns: Any,
) -> Dose:
    """Make it due today in the patient's zone: open at noon."""
    patient = patient or await make_patient(session)
    treatment = treatment or await make_treatment(session, patient=patient)
    on = due_on or rules.dose_day(clock.now(), patient.zone)
    hours = rules.hours_of(on, rules.USUAL_TIMES.get(slot, time(8)), patient.zone)
    usual = {
        "treatment_id": treatment.id,
        "patient_id": patient.id,
        "due_on": on,
        "slot": slot,
        "drugs": [HRZE],
        "opens_at": hours.opens_at,
        "due_at": hours.due_at,
        "closes_at": hours.closes_at,
    }
    dose = Dose(**usual | columns)
    session.add(dose)
    await session.flush()
    return dose


async def make_doses(
    session: AsyncSession, *, patient: Patient, treatment: Treatment, days: int, **columns: Any
) -> list[Dose]:
    """One a day, the last of them yesterday: all windows but none of today are closed."""
    today = rules.dose_day(clock.now(), patient.zone)
    return [
        await make_dose(
            session,
            patient=patient,
            treatment=treatment,
            due_on=today - timedelta(days=ago),
            **columns,
        )
        for ago in range(days, 0, -1)
    ]


async def make_hold(
    session: AsyncSession, *, treatment: Treatment, from_on: date, to_on: date
) -> DoseHold:
    hold = DoseHold(
        treatment_id=treatment.id,
        from_on=from_on,
        to_on=to_on,
        reason="肝功能异常",
        held_by=treatment.started_by,
    )
    session.add(hold)
    await session.flush()
    return hold


async def make_media(session: AsyncSession, *, patient: Patient, **columns: Any) -> MediaObject:
    usual = {
        "key": f"films/{next(_numbers):032d}/source",
        "content_type": "video/mp4",
        "state": MediaState.STORED,
        "family": FILM.family,
        "purpose": FILM.code,
        "owner_feature": "medication",
        "owner_kind": "recording",
        "owner_id": uuid7(),
        "announce_job": FILM.announce_job,
        "deleted_job": FILM.deleted_job,
        "queue": FILM.queue,
        "max_bytes": 50_000_000,
        "keep_days": 180,
        "next_check_at": clock.now(),
        "checks": 0,
        "patient_id": patient.id,
        "presigned_until": clock.now() + timedelta(minutes=15),
    }
    media = MediaObject(**usual | columns)
    session.add(media)
    await session.flush()
    return media


_PROGRESS = {
    RecordingState.REQUESTED: Progress.UPLOADING,
    RecordingState.UPLOADED: Progress.PROCESSING,
    RecordingState.PROCESSING: Progress.PROCESSING,
    RecordingState.READY: Progress.PENDING_REVIEW,
    RecordingState.UNUSABLE: Progress.NONE,
    RecordingState.ABANDONED: Progress.NONE,
}


async def make_recording(
    session: AsyncSession,
    *,
    dose: Dose | None = None,
    state: RecordingState = RecordingState.READY,
    **columns: Any,
) -> Recording:
    """Make the newest film of its dose: in the review queue unless `state` says otherwise."""
    dose = dose or await make_dose(session)
    patient = await session.get_one(Patient, dose.patient_id)
    requested = state is RecordingState.REQUESTED
    stored = MediaState.PRESIGNED if requested else MediaState.STORED
    recording_id = uuid7()
    media = await make_media(session, patient=patient, state=stored, owner_id=recording_id)
    at = clock.now()
    usual: dict[str, Any] = {
        "id": recording_id,
        "dose_id": dose.id,
        "patient_id": patient.id,
        "team_id": patient.team_id,
        "media_id": media.id,
        "client_key": f"film-key-{next(_numbers)}",
        "request_hash": "hash",
        "state": state,
        "opened_at": at - timedelta(minutes=2),
        "captured_at": at - timedelta(minutes=1),
        "day_code": rules.day_code(patient.id, dose.due_on),
        "mirrored": False,
        "flags": [],
        "uploaded_at": None if requested else at,
    }
    if state is RecordingState.READY:
        usual |= _processed(media.key, at)
    if state is RecordingState.UNUSABLE:
        usual["problem"] = VideoProblem.TRUNCATED
    recording = Recording(**usual | columns)
    session.add(recording)
    await session.flush()
    dose.recording_id = recording.id
    dose.progress = _PROGRESS[state]
    dose.evidence = Evidence.VIDEO if dose.progress not in _UNSEEN else dose.evidence
    await session.flush()
    return recording


_UNSEEN = {Progress.NONE, Progress.UPLOADING}


def _processed(key: str, at: Any) -> dict[str, Any]:
    place = key.removesuffix("source")
    stills = place.replace("films/", "stills/", 1)
    return {
        "ready_at": at,
        "duration_ms": 20_000,
        "width": 480,
        "height": 640,
        "film_key": key,
        "poster_key": f"{stills}poster.jpg",
        "sheet_key": f"{stills}sheet.jpg",
        "fingerprint": b"",
        "due_by": at + timedelta(hours=24),
        "pending_reading": Reading.FIRST,
    }


async def another_film(session: AsyncSession, patient: Patient, **columns: Any) -> Recording:
    """Make a film of a dose of its own."""
    return await make_recording(session, dose=await make_dose(session, patient=patient), **columns)


async def make_review(
    session: AsyncSession,
    *,
    recording: Recording | None = None,
    reviewer: StaffMember | None = None,
    verdict: Verdict = Verdict.OBSERVED,
    **columns: Any,
) -> Review:
    """Make a first reading that moved its dose, unless `reading` says second."""
    recording = recording or await make_recording(session)
    reviewer = reviewer or await make_staff(session)
    at = clock.now()
    usual = {
        "recording_id": recording.id,
        "dose_id": recording.dose_id,
        "reviewer_id": reviewer.id,
        "client_key": f"verdict-key-{next(_numbers)}",
        "reading": Reading.FIRST,
        "verdict": verdict,
        "reason": None if verdict is Verdict.OBSERVED else ReviewReason.TOO_DARK,
        "watched_ms": 15_000,
        "played_rate": Decimal(1),
        "opened_at": at - timedelta(seconds=20),
    }
    review = Review(**usual | columns)
    session.add(review)
    recording.pending_reading = None
    if review.reading is Reading.FIRST:
        await _settle(session, recording, review)
    await session.flush()
    return review


async def make_entry(
    session: AsyncSession,
    *,
    dose: Dose | None = None,
    patient: Patient | None = None,
    staff: StaffMember | None = None,
    kind: Evidence = Evidence.IN_PERSON,
    **columns: Any,
) -> DoseReport:
    """Make what a member of staff entered as seen; the dose says so, too."""
    dose = dose or await make_dose(session, patient=patient)
    staff = staff or await make_staff(session)
    entry = DoseReport(dose_id=dose.id, kind=kind, taken=True, staff_id=staff.id, **columns)
    session.add(entry)
    dose.evidence = kind
    await session.flush()
    return entry


async def _settle(session: AsyncSession, recording: Recording, review: Review) -> None:
    at = clock.now()
    recording.first_reviewer_id, recording.first_reviewed_at = review.reviewer_id, at
    dose = await session.get_one(Dose, recording.dose_id)
    media = await session.get_one(MediaObject, recording.media_id)
    media.delete_at = at + timedelta(days=90)
    if dose.recording_id == recording.id:
        dose.verdict, dose.progress, dose.evidence = review.verdict, Progress.NONE, Evidence.VIDEO


async def make_alert(
    session: AsyncSession, *, treatment: Treatment, kind: AlertKind = MISSES_IN_ROW, **columns: Any
) -> Alert:
    """Make an open alert about this treatment, of an episode of its own."""
    patient = await session.get_one(Patient, treatment.patient_id)
    subject = treatment_ref(treatment.id)
    return await alert_factories.make_alert(
        session, patient=patient, kind=kind, subject=subject, **columns
    )


async def refreshed(session: AsyncSession, row: Any) -> Any:
    """Read again what the application changed in a session of its own."""
    await session.refresh(row)
    return row


async def roll_up(session: AsyncSession) -> None:
    """Bring the figures of every team up to date, as the job does; and those of every subtree."""
    for team_id in await rollups.teams(session):
        await rollups.roll_up_team(session, team_id, clock.now())
    await session.flush()
    for row in await session.execute(select(Institution.id, Institution.path)):
        await subtrees.keep_figures(session, subtrees.Subtree(*row), clock.now())


def to_film(dose: Dose) -> DoseToFilm:
    """Read a (locked) dose as the announcement of a film does, whose key is new."""
    names = DoseToFilm._fields[:-1]
    return DoseToFilm._make([*(getattr(dose, name) for name in names), None])


def own_record(patient: Patient) -> OwnRecord:
    """Answer what the patient's own phone acts on."""
    assert patient.wechat_account_id is not None
    return OwnRecord(
        PatientOfPhone(patient.id, patient.team_id, patient.zone),
        patient.wechat_account_id,
        Relation.SELF,
        frozenset(),
        frozenset(),
    )
