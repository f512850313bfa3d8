"""A severe symptom: what it stops, and how a clinician decides what goes on.

It holds, without an end, the running treatments of the patient whose symptom list has it
(`symptoms.conditions_stopped`); all others go on. Nothing but the decision lifts it, and the
decision ends its alert in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import ClosedWhy
from app.alerts.queries.lists import waiting_of
from app.core import clock
from app.core.feature import NoticeKind
from app.medication import flags, symptoms
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT, SOURCE
from app.medication.models import ChangeKind, Dose, DoseHold, SideEffectReport, Treatment
from app.medication.problems import PlanInPast, SevereDecided, SevereHeardAgain
from app.medication.queries import severe as queries
from app.medication.queries.described import side_effect_ref, treatment_ref
from app.medication.queries.severe import SevereAnswer, SevereStop
from app.medication.running import runs_on, today_in
from app.medication.schemas.severe import SevereDecision
from app.medication.service.expectations import free_days, hold_days, lift_stops
from app.medication.service.treatments import note_change
from app.notifications.service import notify_patients
from app.patients.models import Patient

DECIDED = NoticeKind("severe_decided", "医生看了您报告的不舒服，用药有了安排")
COME_IN = NoticeKind("come_in", "医生请您到院看一看，来以前可以先打电话")
# So far back an answer is shown where nothing is stopped any more.
RECENT = timedelta(days=7)
NOT_ENDED = "治疗的结束已更正，严重不适还没有人决定。"


async def stop_for(
    session: AsyncSession,
    treatments: Sequence[Treatment],
    zone: str,
    dose: Dose,
    answer: SideEffectReport,
) -> list[Treatment]:
    """Hold what this severe answer stops, and alert; answer all that is stopped now.

    `treatments` are the patient's, locked. Where no list has the symptom, the one of the dose is
    stopped: nobody should swallow what they feel ill before.
    """
    conditions = symptoms.conditions_stopped(symptoms.codes_of(answer.symptoms))
    running = [t for t in treatments if runs_on(t.stopped_on, today_in(zone))]
    listed = [t for t in running if t.condition in conditions]
    stopped = listed or [t for t in running if t.id == dose.treatment_id]
    holds = {h.treatment_id: h for h in await queries.undecided_holds(session, dose.patient_id)}
    for treatment in stopped:
        await _hold(session, holds.get(treatment.id), treatment, dose.due_on, answer)
    await session.flush()  # flags and alert read the holds
    await flags.refresh(session, [dose.patient_id])
    await _alert(session, dose, answer)
    stopped_ids = holds.keys() | {t.id for t in stopped}
    return [t for t in treatments if t.id in stopped_ids]


async def _hold(
    session: AsyncSession,
    hold: DoseHold | None,
    treatment: Treatment,
    from_on: date,
    answer: SideEffectReport,
) -> None:
    if hold is None:
        hold = DoseHold(
            treatment_id=treatment.id,
            created_at=answer.created_at,  # what came since then is about this stop
            from_on=from_on,
            reason="、".join(symptoms.labels(symptoms.severe_of(answer.symptoms))),
            answer_id=answer.id,
        )
        session.add(hold)
    hold.from_on = min(hold.from_on, from_on)
    treatment.version += 1  # a form that was opened before knows nothing of this
    await hold_days(session, treatment.id, hold.from_on, None, stopped_at=hold.created_at)


async def _alert(session: AsyncSession, dose: Dose, answer: SideEffectReport) -> None:
    """Each severe answer is news, also after the first was seen: what is felt may be worse."""
    holds = await queries.undecided_holds(session, dose.patient_id)
    since = holds[0].created_at if holds else answer.created_at
    answers = await queries.answers_since(session, dose.patient_id, since)
    await alerts.raise_alert(
        session,
        dose.patient_id,
        SEVERE_SIDE_EFFECT,
        source=SOURCE,
        # Another episode once the doctor has let it go on.
        episode=f"severe:{holds[0].answer_id if holds else answer.id}",
        subject=side_effect_ref(answer.id),
        level=await queries.count_answers(session, dose.patient_id, since) - 1,
        detail={"symptoms": symptoms.severe_of({c for a in answers for c in a.symptoms})},
    )


async def what_stands(
    session: AsyncSession, patient_id: UUID
) -> tuple[list[SevereStop], list[SevereAnswer]]:
    """Read what is stopped, and the answers that led to it or came since, newest first."""
    stops = await queries.stops_of(session, patient_id)
    since = min((s.stopped_at for s in stops), default=clock.now() - RECENT)
    return stops, await queries.answers_since(session, patient_id, since)


async def is_waiting(session: AsyncSession, patient_id: UUID) -> bool:
    """Say whether a severe symptom waits for somebody, though nothing may stand still any more."""
    waiting = await waiting_of(session, patient_id)
    return any(one.kind == SEVERE_SIDE_EFFECT.code for one in waiting)


async def decide(
    session: AsyncSession, actor: StaffActor, patient: Patient, decision: SevereDecision
) -> None:
    """Let each stopped treatment go on, or hold it until a day; its alert ends with it.

    SevereHeardAgain (409) if the patient has answered since, or another treatment stands still;
    SevereDecided (409) if a colleague was first.
    """
    today = today_in(patient.zone)
    if any(until is not None and until < today for until in decision.until.values()):
        raise PlanInPast
    treatments = {t.id: t for t in await queries.lock_treatments(session, patient.id)}
    holds = await queries.undecided_holds(session, patient.id)
    if not holds and (decision.until or not await is_waiting(session, patient.id)):
        raise SevereDecided  # by a colleague, or by the end of the treatment
    _, answers = await what_stands(session, patient.id)
    newest = answers[0].id if answers else None
    if newest != decision.seen or {h.treatment_id for h in holds} != decision.until.keys():
        raise SevereHeardAgain
    for hold in holds:
        treatment, until = treatments[hold.treatment_id], decision.until[hold.treatment_id]
        await _end(session, actor, today, treatment, hold, until, decision.note)
    await flags.refresh(session, [patient.id])
    await _close_alert(session, actor, patient.id, decision.note)
    await _tell(session, patient.id, list(decision.until), come_in=decision.come_in)


async def _end(
    session: AsyncSession,
    actor: StaffActor,
    today: date,
    treatment: Treatment,
    hold: DoseHold,
    until: date | None,
    note: str,
) -> None:
    """Give the stop its end: the last day that is held, or the day before today's doses."""
    said = f"{hold.reason}：{note}"
    if until is None:
        detail = {"resumed_on": today.isoformat(), "reason": said}
        code = "severe_cleared"
    else:
        detail = {"from_on": hold.from_on.isoformat(), "to_on": until.isoformat(), "reason": said}
        code = "severe_held"
    note_change(
        session, actor, treatment, ChangeKind.HELD, detail,
        code=code, hold_id=hold.id, before=None, after=until,
    )  # fmt: skip
    last = until or today - timedelta(days=1)
    first_free = max(last + timedelta(days=1), hold.from_on)
    await end_at(session, actor.account_id, hold, last)
    await free_days(session, treatment.id, first_free)


async def end_at(session: AsyncSession, by: UUID, hold: DoseHold, last: date) -> None:
    """Decide a stop: it was a hold up to this day, or none at all where it begins later."""
    if last < hold.from_on:
        await session.delete(hold)
    else:
        hold.to_on, hold.held_by = last, by
    await session.flush()  # what is free again is read from the holds
    await lift_stops(session, [hold.treatment_id])


async def end_with_treatment(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, last: date
) -> None:
    """Let nobody wait for a decision about what is not taken any more.

    The alert ends where nothing else is stopped. What was stopped stays so for as long as the
    treatment lasted, also where its last day is corrected to another that is over.
    """
    await _ends_anew(session, treatment.id, last)
    hold = await _undecided_of(session, treatment.id)
    if hold is None:
        return
    hold.to_on, hold.held_by, hold.by_end = max(last, hold.from_on), actor.account_id, True
    await session.flush()  # what is free is read from the holds
    await lift_stops(session, [hold.treatment_id])
    if not await queries.undecided_holds(session, treatment.patient_id):
        why = ClosedWhy.SOURCE_ENDED
        await _close_alert(session, actor, treatment.patient_id, "结束了治疗", why)


async def _undecided_of(session: AsyncSession, treatment_id: UUID) -> DoseHold | None:
    undecided = (DoseHold.treatment_id == treatment_id, DoseHold.held_by.is_(None))
    return (await session.scalars(select(DoseHold).where(*undecided))).one_or_none()


async def _of_ends(session: AsyncSession, treatment_id: UUID) -> Sequence[DoseHold]:
    by_end = (DoseHold.treatment_id == treatment_id, DoseHold.by_end)
    return (await session.scalars(select(DoseHold).where(*by_end))).all()


async def _ends_anew(session: AsyncSession, treatment_id: UUID, last: date) -> None:
    """Let the stops that an earlier last day ended last until this one."""
    for hold in await _of_ends(session, treatment_id):
        hold.to_on = max(last, hold.from_on)
        await session.flush()  # the days are held as it says now
        await hold_days(session, treatment_id, hold.from_on, hold.to_on)


async def wait_again(session: AsyncSession, treatment: Treatment) -> None:
    """Let the stops that only an end decided wait for a clinician: it has not ended after all.

    A stop that began since takes an older one in; the alert is that of the first answer.
    """
    ended = await _of_ends(session, treatment.id)
    if not ended:
        return
    newer = await _undecided_of(session, treatment.id)
    first, *others = sorted([*ended, *([newer] if newer else [])], key=lambda h: h.created_at)
    for hold in others:
        first.from_on = min(first.from_on, hold.from_on)
        await session.delete(hold)
    await session.flush()  # one of a treatment waits at a time
    first.to_on, first.held_by, first.by_end = None, None, False
    await session.flush()  # flags and alert read the holds
    await hold_days(session, treatment.id, first.from_on, None, stopped_at=first.created_at)
    await flags.refresh(session, [treatment.patient_id])
    await _alert_again(session, treatment.patient_id)


async def _alert_again(session: AsyncSession, patient_id: UUID) -> None:
    """Reopen what was closed with the treatment; where it was handled since, raise another."""
    holds = await queries.undecided_holds(session, patient_id)
    answers = await queries.answers_since(session, patient_id, holds[0].created_at)
    if not answers:
        return
    level = await queries.count_answers(session, patient_id, holds[0].created_at) - 1
    news = alerts.News(
        patient_id,
        SEVERE_SIDE_EFFECT,
        SOURCE,
        episode=f"severe:{holds[0].answer_id}",
        subject=side_effect_ref(answers[0].id),
        level=level,
        detail={"symptoms": symptoms.severe_of({c for a in answers for c in a.symptoms})},
    )
    await alerts.reopen_alerts(session, [news], NOT_ENDED)
    if not await is_waiting(session, patient_id):
        again = f"{news.episode}:{clock.now().isoformat()}"
        await alerts.raise_alerts(session, [replace(news, episode=again)])


async def _close_alert(
    session: AsyncSession,
    actor: StaffActor,
    patient_id: UUID,
    action_taken: str,
    why: ClosedWhy = ClosedWhy.HANDLED,
) -> None:
    await alerts.close_alerts(
        session,
        source=SOURCE,
        kinds=[SEVERE_SIDE_EFFECT],
        patient_id=patient_id,
        why=why,
        actor=actor,
        action_taken=action_taken,
    )


async def _tell(
    session: AsyncSession, patient_id: UUID, treatment_ids: list[UUID], *, come_in: bool
) -> None:
    at = clock.now().isoformat()
    news = [(patient_id, f"severe:{one}:{at}", treatment_ref(one)) for one in treatment_ids]
    await notify_patients(session, news, DECIDED)
    if come_in:
        await notify_patients(session, [(patient_id, f"come-in:{at}", None)], COME_IN)
