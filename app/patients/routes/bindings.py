"""A phone binds itself to the record that the doctor's code stands for."""

from fastapi import APIRouter, Request

from app.accounts.access import PatientActor
from app.accounts.limits import BINDINGS, by_phone
from app.accounts.service import wechat
from app.core.db import Session
from app.core.filters import masked_name
from app.core.idempotency import OncePerKey
from app.core.state import AppConsents, AppSettings
from app.patients.loaders import own_record
from app.patients.models import Patient
from app.patients.problems import NotBound
from app.patients.queries import records as queries
from app.patients.routes.me import read_me
from app.patients.schemas import BindingCreate, BindingLookup, BindingRead, Bound, MeRead
from app.patients.service import binding_codes, bindings

router = APIRouter(prefix="/api/bindings", tags=["binding"])


@router.post("/lookup", dependencies=[by_phone(BINDINGS)])
async def look_up_binding(
    body: BindingLookup, actor: PatientActor, session: Session
) -> BindingRead:
    """Say just enough for the person to know that it is them."""
    code = await binding_codes.look_up(session, actor.account_id, body.code, body.phone_tail)
    patient = await session.get_one(Patient, code.patient_id)
    place = await queries.place_of(session, patient.team_id)
    return BindingRead(
        name_masked=masked_name(patient.name),
        sex=patient.sex,
        birth_year=patient.birth_on.year,
        institution_name=place.institution_name,
        team_name=place.team_name,
        relation=binding_codes.relation_to_bind(patient),
        expires_at=code.expires_at,
    )


@router.post("", status_code=201, dependencies=[by_phone(BINDINGS)])
async def create_binding(
    request: Request,
    body: BindingCreate,
    settings: AppSettings,
    offered: AppConsents,
    actor: PatientActor,
    session: Session,
    once: OncePerKey,
) -> MeRead:
    """Bind once; what is answered is read anew, so a phone that was unbound since gets nothing."""
    binder = bindings.Binder(
        actor.account_id,
        [(yes.purpose, yes.version) for yes in body.accepted],
        body.phone_tail,
    )

    async def work() -> Bound:
        patient, _ = await bindings.bind(session, binder, body.code, offered)
        await session.flush()  # the record is read back as the phone's own
        return Bound(patient_id=patient.id)

    await wechat.refuse_closed(session, actor.account_id)
    bound = await once.once(session, actor.account_id, Bound, work)
    record = await own_record(request, session, actor)
    if record.patient.id != bound.patient_id:
        raise NotBound  # to this one: it acts for another since
    patient = await session.get_one(Patient, record.patient.id)
    return await read_me(settings, session, patient, record.relation)
