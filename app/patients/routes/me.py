"""What a patient reads of themselves, takes along, and closes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.limits import EXPORTS, by_phone
from app.accounts.queries import consents_of
from app.accounts.schemas import ConsentRead
from app.core import clock, export
from app.core.assembly import Features
from app.core.db import Session, Sessionmaker, Sessions
from app.core.filters import masked_phone
from app.core.pagination import Cursor, Limit, Listed, Page
from app.core.problems import NotFound
from app.core.settings import Settings
from app.core.state import AppFeatures, AppSettings
from app.institutions.hours import describe_week, read_week
from app.institutions.queries.teams import contacts_of, doctors_of
from app.institutions.words import TITLES
from app.patients.loaders import BoundRecord, OwnRecord, scoped
from app.patients.models import Condition, Guardian, Patient, RecordEnd, Relation
from app.patients.queries import records as queries
from app.patients.queries.guardians import guardian_of
from app.patients.schemas import (
    AccountClose,
    DoctorRead,
    ExportHead,
    ExportRead,
    GuardianExport,
    MeRead,
    RecordExport,
    ViewRead,
)
from app.patients.schemas.closing import EndingRead
from app.patients.scopes import READ_RECORD
from app.patients.service import binding_codes, bindings, closing
from app.patients.words import GUARDIAN_RELATIONS, RELATIONS

router = APIRouter(prefix="/api/me", tags=["me"])
ReadingRecord = Annotated[OwnRecord, scoped(READ_RECORD.code)]


async def read_me(
    settings: Settings, session: AsyncSession, patient: Patient, relation: Relation
) -> MeRead:
    guardian = await guardian_of(session, patient.id)
    contacts = await contacts_of(session, patient.team_id)
    doctors = await doctors_of(session, patient.team_id)
    return MeRead(
        patient_id=patient.id,
        relation=relation,
        relation_word=_relation_word(relation, guardian),
        own_binding_due=relation is not binding_codes.relation_to_bind(patient)
        and relation is Relation.GUARDIAN,
        name=patient.name,
        phone_masked=masked_phone(patient.phone),
        sex=patient.sex,
        birth_on=patient.birth_on,
        birth_precision=patient.birth_precision,
        conditions=[Condition(c) for c in patient.conditions],
        team_name=contacts.team_name,
        team_phone=contacts.team_phone,
        institution_name=contacts.institution_name,
        institution_phone=contacts.institution_phone,
        institution_address=contacts.institution_address,
        opening_hours=describe_week(read_week(contacts.opening_hours)),
        on_call_phone=contacts.on_call_phone,
        doctors=[DoctorRead(name=d.name, title=TITLES[d.title]) for d in doctors],
        video_retention_days=settings.video_retention_days,
    )


def _relation_word(relation: Relation, guardian: Guardian | None) -> str:
    if relation is Relation.GUARDIAN and guardian is not None:
        return GUARDIAN_RELATIONS[guardian.relation]
    return RELATIONS[relation]


@router.get("")
async def show_me(settings: AppSettings, record: ReadingRecord, session: Session) -> MeRead:
    patient = await session.get_one(Patient, record.patient.id)
    return await read_me(settings, session, patient, record.relation)


@router.get("/ending")
async def show_ending(record: BoundRecord, session: Session) -> EndingRead:
    """Say to a phone whose record its team has closed that it has, and whom to call."""
    if not record.ended:
        raise NotFound
    patient = await session.get_one(Patient, record.patient.id)
    contacts = await contacts_of(session, patient.team_id)
    return EndingRead(
        patient_id=patient.id,
        care_goes_on=patient.closed_why is not RecordEnd.DIED,
        team_name=contacts.team_name,
        institution_name=contacts.institution_name,
        team_phone=contacts.team_phone,
        institution_phone=contacts.institution_phone,
        on_call_phone=contacts.on_call_phone,
    )


def _read_view(view: queries.View) -> ViewRead:
    return ViewRead(
        viewed_at=view.event.created_at,
        viewer_name=view.viewer.name,
        viewer_title=TITLES[view.viewer.title],
        what=view.action.word,
        about=view.about.title if view.about else None,
    )


@router.get("/views", response_model=Page[ViewRead])
async def list_views(
    features: AppFeatures,
    record: BoundRecord,
    session: Session,
    cursor: Cursor = None,
    limit: Limit = 30,
) -> Listed[ViewRead]:
    views, next_cursor = await queries.list_views(
        session, features, record.patient.id, cursor, limit
    )
    return {"items": [_read_view(view) for view in views], "next_cursor": next_cursor}


@router.get("/export", dependencies=[by_phone(EXPORTS)], response_model=ExportRead)
async def export_me(
    features: AppFeatures, record: BoundRecord, session: Session, sessions: Sessions
) -> StreamingResponse:
    """Send it in pieces: all that was kept at `exported_at`; what came later may be in it."""
    patient = await session.get_one(Patient, record.patient.id)
    consents = await consents_of(session, record.by_account)
    bindings.record_export(session, record.by_account, patient.id)
    head = ExportHead(
        exported_at=clock.now(),
        record=await _export_record(session, patient),
        consents=[ConsentRead.model_validate(c) for c in consents],
    )
    lists = {
        "views": _export_views(sessions, features, patient.id),
        "parts": {f.name: f.export(patient.id) for f in features.all if f.export},
    }
    body = export.written(sessions, head.model_dump(mode="json") | lists)
    return StreamingResponse(body, media_type="application/json")


async def _export_views(
    sessions: Sessionmaker, features: Features, patient_id: UUID
) -> export.Pages:
    async for page in queries.all_views(sessions, features, patient_id):
        yield [_read_view(view).model_dump(mode="json") for view in page]


async def _export_record(session: AsyncSession, patient: Patient) -> RecordExport:
    place = await queries.place_of(session, patient.team_id)
    guardian = await guardian_of(session, patient.id)
    return RecordExport(
        name=patient.name,
        phone=patient.phone,
        id_number=patient.id_number,
        document_kind=patient.document_kind,
        sex=patient.sex,
        birth_on=patient.birth_on,
        birth_precision=patient.birth_precision,
        weight_kg=None if patient.weight_kg is None else str(patient.weight_kg),
        conditions=[Condition(c) for c in patient.conditions],
        team_name=place.team_name,
        institution_name=place.institution_name,
        guardian=GuardianExport.model_validate(guardian, from_attributes=True)
        if guardian
        else None,
        created_at=patient.created_at,
    )


@router.post("/close", status_code=204)
async def close_my_account(
    _body: AccountClose, features: AppFeatures, record: BoundRecord, session: Session
) -> None:
    patient = await session.get_one(Patient, record.patient.id)
    await closing.close_account(session, features, record.by_account, patient)
