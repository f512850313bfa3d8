"""Create and change a patient's record, with its guardian."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.assembly import Features
from app.core.db import lock_again
from app.core.events import publish
from app.core.filters import CLINIC_ZONE
from app.core.problems import FieldRefused
from app.institutions.queries.teams import get_team_to_join
from app.patients import id_number
from app.patients.audit import CHANGE_RECORD, END_GUARDIAN_BINDING
from app.patients.guardianship import needs_guardian
from app.patients.models import (
    BirthPrecision,
    Condition,
    DocumentKind,
    Guardian,
    GuardianRelation,
    PastTeam,
    Patient,
    Sex,
)
from app.patients.problems import RecordChanged
from app.patients.queries.guardians import guardian_of
from app.patients.search import columns_to_find
from app.patients.service import bindings
from app.patients.service.id_look_ups import refuse_twin
from app.patients.service.likely_twins import Sought, refuse_likely_twins
from app.patients.service.record_locks import lock_rows_of

MOVED = "patients.moved"
# In the patient's zone: what is done at two in the night belongs to the evening before.
DAY_BEGINS = timedelta(hours=3)


class IdNumberBirthDiffers(FieldRefused):
    type, status = "id-number-birth-differs", 422
    title = "身份证号里的出生日期与填写的不同，请核对。"
    field = "id_number"


class IdNumberSexDiffers(FieldRefused):
    type, status = "id-number-sex-differs", 422
    title = "身份证号里的性别与填写的不同，请核对。"
    field = "id_number"


class GuardianMissing(FieldRefused):
    type, status = "guardian-missing", 422
    title = "未满14岁，请填写监护人的姓名、手机号和关系。"
    field = "guardian_name"


class GuardianIncomplete(FieldRefused):
    type, status = "guardian-incomplete", 422
    title = "请把监护人的姓名、手机号和关系填完整；不需要监护人就都清空。"
    field = "guardian_name"


@dataclass(frozen=True)
class GuardianParticulars:
    name: str
    phone: str
    relation: GuardianRelation


@dataclass(frozen=True)
class Particulars:
    """Checked and normalised already, by schemas.PatientForm or by whoever makes it."""

    name: str
    phone: str
    sex: Sex
    birth_on: date
    id_number: str | None
    weight_kg: Decimal | None
    conditions: list[Condition]
    team_id: UUID
    birth_precision: BirthPrecision = BirthPrecision.DAY
    document_kind: DocumentKind = DocumentKind.RESIDENT_ID


async def create_patient(
    session: AsyncSession,
    actor: StaffActor,
    particulars: Particulars,
    guardian: GuardianParticulars | None = None,
    *,
    twin_ids: Collection[UUID] = (),
) -> Patient:
    """`twin_ids` are other people's for sure; a further likely twin is LikelyTwins (409)."""
    particulars = _completed(particulars)
    _refuse_alone(particulars, guardian)
    await _check(session, actor, particulars)
    await refuse_likely_twins(session, actor, _sought(particulars), twin_ids)
    patient = make_patient(particulars, guardian)
    session.add(patient)
    await session.flush()  # a twin's ID number must be heard now, and the audit names the id
    if guardian is not None:
        session.add(Guardian(patient_id=patient.id, **asdict(guardian)))
    detail = {"code": "created", "team_id": str(patient.team_id)}
    audit.record(session, actor, CHANGE_RECORD, patient_id=patient.id, detail=detail)
    return patient


def make_patient(particulars: Particulars, guardian: GuardianParticulars | None = None) -> Patient:
    return Patient(**_columns(particulars, guardian))


async def change_patient(
    session: AsyncSession,
    features: Features,
    actor: StaffActor,
    patient: Patient,
    particulars: Particulars,
    guardian: GuardianParticulars | None = None,
    *,
    version: int | None = None,
) -> None:
    """`version` is the one that the form was filled from: RecordChanged (409) when it is older."""
    if patient.team_id != particulars.team_id:
        await lock_rows_of(session, features, [patient.id])
    await lock_again(session, patient)
    if version is not None and version != patient.version:
        raise RecordChanged
    particulars = _completed(particulars)
    _refuse_alone(particulars, guardian)
    await _check(session, actor, particulars, patient)
    detail: dict[str, Any] = {"code": "changed", "fields": _changed(patient, particulars)}
    if patient.team_id != particulars.team_id:
        detail |= {"before": str(patient.team_id), "after": str(particulars.team_id)}
        await move_patient(session, features, patient, particulars.team_id)
    for name, value in _columns(particulars, guardian).items():
        setattr(patient, name, value)
    patient.version += 1
    detail["version"] = patient.version
    detail["fields"] += await _change_guardian(session, actor, patient, guardian)
    if patient.wechat_account_id is not None and _is_child(particulars):
        # Corrected to be a child: its own consent does not count (see guardianship).
        await session.flush()  # unbinding reads the record again
        await bindings.unbind(session, actor, patient)
    audit.record(session, actor, CHANGE_RECORD, patient_id=patient.id, detail=detail)


def _changed(patient: Patient, new: Particulars) -> list[str]:
    """Name what will be another: the trail says which, never what it said."""
    values = asdict(new)
    return sorted(name for name, value in values.items() if getattr(patient, name) != value)


def _changed_of_guardian(old: Guardian | None, new: GuardianParticulars | None) -> list[str]:
    names = [field.name for field in fields(GuardianParticulars)]
    return [
        f"guardian_{name}" for name in names if getattr(old, name, None) != getattr(new, name, None)
    ]


async def move_patient(
    session: AsyncSession, features: Features, patient: Patient, team_id: UUID
) -> None:
    """Give a locked patient to another team; what every feature keeps for the team follows.

    The features' rows are locked before the patient's (`record_locks`).

    The dose days before this one stay with the team that looked after them: of two moves on one
    day the first has said which that was.
    """
    day = clock.now().astimezone(ZoneInfo(patient.zone)) - DAY_BEGINS
    past = {
        "patient_id": patient.id,
        "until_on": day.date() - timedelta(days=1),
        "team_id": patient.team_id,
    }
    await session.execute(insert(PastTeam).values(past).on_conflict_do_nothing())
    patient.team_id = team_id
    await session.flush()  # the hooks read where the patient is now
    for feature in features.all:
        if feature.moves is not None:
            await feature.moves(session, patient.id)
    await publish(session, MOVED, patient_id=patient.id)


async def _change_guardian(
    session: AsyncSession, actor: StaffActor, patient: Patient, new: GuardianParticulars | None
) -> list[str]:
    """Another name or phone is another person, whose consent is not there: the binding ends.

    Lists the fields that changed.
    """
    old = await guardian_of(session, patient.id)
    changed = _changed_of_guardian(old, new)
    if old is None and new is not None:
        session.add(Guardian(patient_id=patient.id, **asdict(new)))
    if old is None:
        return changed
    same = new is not None and (old.name, old.phone) == (new.name, new.phone)
    if old.wechat_account_id is not None and not same:
        old.wechat_account_id = None
        audit.record(session, actor, END_GUARDIAN_BINDING, patient_id=patient.id)
        await publish(session, bindings.UNBOUND, patient_id=patient.id)
    if new is None:
        await session.delete(old)
    else:
        old.name, old.phone, old.relation = new.name, new.phone, new.relation
    return changed


def _is_child(new: Particulars) -> bool:
    return needs_guardian(new.birth_on, clock.today_in(CLINIC_ZONE), new.birth_precision)


def _refuse_alone(new: Particulars, guardian: GuardianParticulars | None) -> None:
    if guardian is None and _is_child(new):
        raise GuardianMissing


def _columns(particulars: Particulars, guardian: GuardianParticulars | None) -> dict[str, Any]:
    document = (particulars.document_kind, particulars.id_number)
    phone = guardian.phone if guardian is not None else None
    found_by = columns_to_find(particulars.name, particulars.phone, document, phone)
    conditions = [c.value for c in particulars.conditions]
    return asdict(particulars) | {"conditions": conditions} | found_by


async def _check(
    session: AsyncSession, actor: StaffActor, new: Particulars, old: Patient | None = None
) -> None:
    """Ask last of all whether the number is taken: a faulty form must not tell it."""
    if new.id_number and _has_resident_id(new):
        _refuse_contradiction(new, new.id_number)
    if old is None or new.team_id != old.team_id:
        await get_team_to_join(session, actor, new.team_id)
    document = (new.id_number, new.document_kind)
    if new.id_number and (old is None or document != (old.id_number, old.document_kind)):
        await refuse_twin(session, actor, new.id_number, new.document_kind, old.id if old else None)


def _sought(new: Particulars) -> Sought:
    return Sought(**{name: getattr(new, name) for name in Sought.__annotations__})


def _completed(new: Particulars) -> Particulars:
    """Take the day of a birth known by year from the resident ID number, where that says it."""
    told = id_number.birth_on(new.id_number) if _has_resident_id(new) and new.id_number else None
    known_by_year = new.birth_precision is BirthPrecision.YEAR
    if told is None or not known_by_year or told.year != new.birth_on.year:
        return new
    return replace(new, birth_on=told, birth_precision=BirthPrecision.DAY)


def _has_resident_id(new: Particulars) -> bool:
    return new.document_kind is DocumentKind.RESIDENT_ID


def _refuse_contradiction(new: Particulars, number: str) -> None:
    if id_number.birth_on(number) != new.birth_on:
        raise IdNumberBirthDiffers
    if id_number.sex(number) is not new.sex:
        raise IdNumberSexDiffers
