"""Create and change a patient's record."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.events import publish
from app.core.problems import FieldRefused
from app.institutions.queries.teams import get_team_to_join
from app.patients import id_number
from app.patients.audit import CHANGE_RECORD
from app.patients.models import Condition, Patient, Sex
from app.patients.search import id_number_hash, search_keys_of

MOVED = "patients.moved"


class IdNumberTaken(FieldRefused):
    type, status = "id-number-taken", 409
    title = "这个身份证号已经建过档，请先搜索；搜不到时请联系管理员转入。"
    constraint = "uq_patient_id_number_hash"
    field = "id_number"


class IdNumberBirthDiffers(FieldRefused):
    type, status = "id-number-birth-differs", 422
    title = "身份证号里的出生日期与填写的不同，请核对。"
    field = "id_number"


class IdNumberSexDiffers(FieldRefused):
    type, status = "id-number-sex-differs", 422
    title = "身份证号里的性别与填写的不同，请核对。"
    field = "id_number"


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


async def create_patient(
    session: AsyncSession, actor: StaffActor, particulars: Particulars
) -> Patient:
    await _check(session, actor, particulars)
    patient = make_patient(particulars)
    session.add(patient)
    await session.flush()  # a twin's ID number must be heard now, and the audit names the id
    audit.record(session, actor, CHANGE_RECORD, patient_id=patient.id)
    return patient


def make_patient(particulars: Particulars) -> Patient:
    return Patient(**_columns(particulars))


async def change_patient(
    session: AsyncSession, actor: StaffActor, patient: Patient, particulars: Particulars
) -> None:
    await _check(session, actor, particulars, patient)
    if patient.team_id != particulars.team_id:
        await announce_move(session, patient.id)
    for name, value in _columns(particulars).items():
        setattr(patient, name, value)
    audit.record(session, actor, CHANGE_RECORD, patient_id=patient.id)


async def announce_move(session: AsyncSession, patient_id: UUID) -> None:
    """Tell whoever keeps something for the patient's team that it is another one now."""
    await publish(session, MOVED, patient_id=patient_id)


def _columns(particulars: Particulars) -> dict[str, Any]:
    number = particulars.id_number
    return asdict(particulars) | {
        "conditions": [c.value for c in particulars.conditions],
        "id_number_hash": id_number_hash(number) if number else None,
        "search_keys": search_keys_of(particulars.name, particulars.phone, number),
    }


async def _check(
    session: AsyncSession, actor: StaffActor, new: Particulars, old: Patient | None = None
) -> None:
    if new.id_number:
        _refuse_contradiction(new, new.id_number)
        await _refuse_twin(session, new.id_number, old.id if old else None)
    if old is None or new.team_id != old.team_id:
        await get_team_to_join(session, actor, new.team_id)


def _refuse_contradiction(new: Particulars, number: str) -> None:
    if id_number.birth_on(number) != new.birth_on:
        raise IdNumberBirthDiffers
    if id_number.sex(number) is not new.sex:
        raise IdNumberSexDiffers


async def _refuse_twin(session: AsyncSession, number: str, own_id: UUID | None) -> None:
    """Ask before the index has to refuse, so that the form can say it beside the field."""
    holder = await session.scalar(
        select(Patient.id).where(Patient.id_number_hash == id_number_hash(number))
    )
    if holder is not None and holder != own_id:
        raise IdNumberTaken
