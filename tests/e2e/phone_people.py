"""To whom the pages of a phone are shown: one is new, one long in care, one has left it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ActorKind, AuditEvent
from app.core import clock
from app.core.db import Sessionmaker
from app.institutions.models import StaffMember, Team
from app.medication import consents as film_consent
from app.medication.audit import VIEW_STILLS, VIEW_VIDEO
from app.medication.models import Dose, Slot, Treatment, Verdict
from app.medication.queries.described import dose_ref
from app.medication.rules import dose_day
from app.medication.service.layouts import lay_out
from app.medication.service.severe import DECIDED
from app.medication.service.verdict_notices import FILM_NOT_ACCEPTED
from app.notifications.models import Notice
from app.patients import consents
from app.patients.models import Condition, Patient, RecordEnd
from scripts.wechat_standin import openid_of
from tests.accounts.factories import make_consent, make_wechat_account
from tests.e2e.world import Household, make_doctor, make_household, midday_zone
from tests.institutions.factories import make_institution, make_team
from tests.medication.factories import make_dose, make_recording, make_review, make_treatment
from tests.patients.factories import make_patient

SLOTS = (Slot.MORNING, Slot.EVENING)
DAYS_BEFORE = 12
REJECTED, UNFILMED = {3, 8}, {5, 6}


@dataclass(frozen=True)
class People:
    """Users of the stand-in, and `new`, whose phone `first` is still to be bound."""

    new: Household
    first: str
    settled: str
    ended: str
    # Of the settled one: filmed this morning and not accepted, due this evening.
    morning: str
    evening: str


async def make_people(sessions: Sessionmaker, name: str) -> People:
    """Make them with a team of their own; `name` keeps the users of two calls apart."""
    async with sessions.begin() as session:
        centre = await make_institution(
            session, address="青山镇人民路 18 号", on_call_phone="13983007777"
        )
        team = await make_team(session, institution=centre, phone="13983001234")
        doctor = await make_doctor(session, team)
        staff = await session.get_one(StaffMember, doctor.id)
        new = await make_household(session, team, doctor, "欧阳玉兰")
        morning, evening = await _make_settled(session, team, staff, f"{name}-settled")
        await _make_ended(session, team, f"{name}-ended")
    return People(
        new, f"{name}-first", f"{name}-settled", f"{name}-ended", str(morning.id), str(evening.id)
    )


async def _make_bound(session: AsyncSession, team: Team, user: str, name: str) -> Patient:
    account = await make_wechat_account(session, openid=openid_of(user))
    for purpose in (consents.PURPOSE, film_consent.PURPOSE):
        await make_consent(session, account.id, purpose)
    return await make_patient(
        session, team=team, bound=False, name=name, zone=midday_zone(),
        wechat_account_id=account.id,
        conditions=[Condition.TUBERCULOSIS, Condition.HYPERTENSION],
    )  # fmt: skip


async def _make_settled(
    session: AsyncSession, team: Team, doctor: StaffMember, user: str
) -> tuple[Dose, Dose]:
    patient = await _make_bound(session, team, user, "欧阳建国")
    today = dose_day(clock.now(), patient.zone)
    first = today - timedelta(days=DAYS_BEFORE)
    treatment = await make_treatment(
        session, patient=patient, starts_on=first, slots=SLOTS, started_by=doctor.id,
        laid_until=today,
    )  # fmt: skip
    for ago in range(DAYS_BEFORE, 0, -1):
        for slot in SLOTS:
            dose = await make_dose(
                session, patient=patient, treatment=treatment, slot=slot,
                due_on=today - timedelta(days=ago),
            )  # fmt: skip
            if ago not in UNFILMED:
                await _film(session, dose, doctor, accepted=ago not in REJECTED)
    morning, evening = [
        await make_dose(session, patient=patient, treatment=treatment, slot=slot, due_on=today)
        for slot in SLOTS
    ]
    await _film(session, morning, doctor, accepted=False)
    await _make_second(session, patient, doctor)
    _tell(session, patient, morning)
    _look_at(session, patient, doctor)
    return morning, evening


async def _film(session: AsyncSession, dose: Dose, doctor: StaffMember, *, accepted: bool) -> None:
    film = await make_recording(session, dose=dose)
    verdict = Verdict.OBSERVED if accepted else Verdict.REJECTED

    comment = None if accepted else "灯光太暗，看不清药片。请到窗边再拍一次。"
    await make_review(session, recording=film, reviewer=doctor, verdict=verdict, comment=comment)


async def _make_second(session: AsyncSession, patient: Patient, doctor: StaffMember) -> Treatment:
    """Lay out one from today on: it is the one that a severe symptom may leave alone."""
    treatment = await make_treatment(
        session, patient=patient, name="高血压 长期用药", condition=Condition.HYPERTENSION,
        started_by=doctor.id,
    )  # fmt: skip
    await lay_out(session, treatment, patient.zone, treatment.phases[0].ends_on)
    return treatment


def _tell(session: AsyncSession, patient: Patient, dose: Dose) -> None:
    about = dose_ref(dose.id)
    subject = {
        "subject_feature": about.feature, "subject_kind": about.kind, "subject_id": about.id,
    }  # fmt: skip
    for kind, read_at in ((FILM_NOT_ACCEPTED, None), (DECIDED, clock.now())):
        session.add(
            Notice(patient_id=patient.id, kind=kind.code, key=kind.code, read_at=read_at, **subject)
        )


def _look_at(session: AsyncSession, patient: Patient, doctor: StaffMember) -> None:
    for action in (VIEW_VIDEO, VIEW_STILLS):
        session.add(
            AuditEvent(
                actor_kind=ActorKind.STAFF,
                actor_id=doctor.id,
                action=action.code,
                patient_id=patient.id,
            )
        )


async def _make_ended(session: AsyncSession, team: Team, user: str) -> None:
    patient = await _make_bound(session, team, user, "欧阳秀英")
    patient.closed_at, patient.closed_why = clock.now(), RecordEnd.MOVED_AWAY
