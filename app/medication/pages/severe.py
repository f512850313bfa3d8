"""A severe symptom: what the patient said, what stands still, and the decision of a clinician."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.core import clock
from app.core.db import Session
from app.core.forms import Form, check, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.schemas import NearDay
from app.institutions.access import SevereAlertActor
from app.medication import rules, symptoms
from app.medication.alert_kinds import DECISION
from app.medication.queries import severe as queries
from app.medication.queries.severe import SevereStop
from app.medication.schemas.severe import SevereDecision, SevereForm
from app.medication.service import severe as service
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient

router = APIRouter(prefix=f"/patients/{{patient_id}}{DECISION}")
GO_ON, HOLD = "go_on", "hold"
ACTS = ((GO_ON, "可以继续服药"), (HOLD, "暂停到…（含这一天）"))
USUAL_NOTES = (
    "已打电话，症状消失，可以继续",
    "已打电话，请来院查肝功能",
    "已送急诊",
    "已转上级医院",
)
ACT = re.compile(r"act\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DAY = TypeAdapter[date](NearDay)


async def _page(
    request: Request,
    actor: StaffActor,
    session: AsyncSession,
    patient: Patient,
    form: Form[Any] | None = None,
) -> Response:
    frame = await open_page(request, session, actor, patient, "medication")
    stops, answers = await service.what_stands(session, patient.id)
    context = {
        "stops": stops,
        "taken": await queries.taken_all_the_same(session, patient.id) if stops else [],
        "answers": answers,
        "labels": symptoms.labels,
        "waits": bool(stops) or await service.is_waiting(session, patient.id),
        "acts": ACTS,
        "usual_notes": USUAL_NOTES,
        "today": rules.dose_day(clock.now(), patient.zone),
        "form": form or Form(),
    }
    wrong = form is not None and form.errors
    return render(request, "medication/severe.html", frame | context, 422 if wrong else 200)


@router.get("")
async def show_severe(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    return await _page(request, actor, session, patient)


@router.post("")
async def decide_severe(
    request: Request, actor: SevereAlertActor, patient: ReachablePatient, session: Session
) -> Response:
    """Decide for every treatment that stands still; the alert ends with it."""
    stops, _ = await service.what_stands(session, patient.id)
    form, decision = await _read(request, stops, rules.dose_day(clock.now(), patient.zone))
    sent = form.data
    if sent is None or decision is None:
        return await _page(request, actor, session, patient, form)
    intent = f"severe {patient.id} {decision.model_dump_json()}"

    async def decide() -> UUID:
        await service.decide(session, actor, patient, decision)
        return patient.id

    async with refusing(session, form):
        await make_once(session, actor.account_id, sent.key, intent, decide)
    if form.errors:
        return await _page(request, actor, session, patient, form)
    return redirect(request, f"/staff/patients/{patient.id}", say=_said(decision))


def _said(decision: SevereDecision) -> str:
    held = sum(until is not None for until in decision.until.values())
    going = len(decision.until) - held
    told = "；患者会收到请来院的消息" if decision.come_in else ""
    parts = [f"{going} 个治疗继续"] * bool(going) + [f"{held} 个治疗暂停"] * bool(held)
    return f"已决定：{'，'.join(parts) or '已记下处理结果'}{told}。"


async def _read(
    request: Request, stops: list[SevereStop], today: date
) -> tuple[Form[SevereForm], SevereDecision | None]:
    """Read one act, and where it needs one a day, for each treatment that stands still."""
    sent = {name: str(value).strip() for name, value in (await request.form()).items()}
    form = check(SevereForm, {name: sent.get(name, "") for name in SevereForm.model_fields})
    form.values, head = sent, form.data
    # Those the page showed, too: a colleague may have decided since.
    asked = {UUID(name.removeprefix("act.")) for name in sent if ACT.fullmatch(name)}
    asked |= {stop.treatment_id for stop in stops}
    until = {one: _until(form, one, today) for one in sorted(asked)}
    if head is None or form.errors:
        form.data = None
        return form, None
    return form, SevereDecision(
        seen=head.seen, until=until, note=head.note, come_in=head.come_in is not None
    )


def _until(form: Form[SevereForm], treatment_id: UUID, today: date) -> date | None:
    act, name = form.values.get(f"act.{treatment_id}"), f"until.{treatment_id}"
    if act not in {GO_ON, HOLD}:
        form.refuse(f"act.{treatment_id}", "请选择继续服药，还是暂停到哪天。")
    if act != HOLD:
        return None
    try:
        until = DAY.validate_python(form.values.get(name) or None)
    except ValidationError:
        form.refuse(name, "请填写暂停到哪一天。")
        return None
    if until < today:
        form.refuse(name, "不能早于今天。")
    return until
