"""All that medication keeps of one patient, for them to take along."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, select

from app.core.db import Base
from app.core.export import Listing
from app.medication.models import (
    Dose,
    DoseHold,
    DoseReport,
    PhaseDrug,
    Recording,
    Review,
    ReviewWithdrawal,
    SideEffectReport,
    Treatment,
    TreatmentChange,
    TreatmentPhase,
)

# Where things lie, how they are recognised and leased: of no use to the patient.
INTERNAL = {
    "media_id",
    "client_key",
    "request_hash",
    "fingerprint",
    "film_key",
    "poster_key",
    "sheet_key",
    "leased_by",
    "leased_until",
    "leased_at",
    "by_account_id",
    "revision",
    "first_reviewer_id",
}


def _columns(table: Table) -> list[Column[Any]]:
    return [c for c in table.columns if c.name not in INTERNAL]


def _plain(value: Any) -> Any:
    match value:
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _listing(model: type[Base], where: ColumnElement[bool]) -> Listing:
    table = model.metadata.tables[model.__tablename__]
    key = [getattr(model, column.name) for column in table.primary_key.columns]
    return Listing(select(*_columns(table)).where(where), key, _shown)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def all_of(patient_id: UUID) -> dict[str, Listing]:
    treatments = select(Treatment.id).where(Treatment.patient_id == patient_id)
    phases = select(TreatmentPhase.id).where(TreatmentPhase.treatment_id.in_(treatments))
    doses = select(Dose.id).where(Dose.patient_id == patient_id)
    reviews = select(Review.id).where(Review.dose_id.in_(doses))
    parts: list[tuple[type[Base], ColumnElement[bool]]] = [
        (Treatment, Treatment.patient_id == patient_id),
        (TreatmentPhase, TreatmentPhase.treatment_id.in_(treatments)),
        (PhaseDrug, PhaseDrug.phase_id.in_(phases)),
        (DoseHold, DoseHold.treatment_id.in_(treatments)),
        (TreatmentChange, TreatmentChange.treatment_id.in_(treatments)),
        (Dose, Dose.patient_id == patient_id),
        (DoseReport, DoseReport.dose_id.in_(doses)),
        (SideEffectReport, SideEffectReport.patient_id == patient_id),
        (Recording, Recording.patient_id == patient_id),
        (Review, Review.dose_id.in_(doses)),
        (ReviewWithdrawal, ReviewWithdrawal.review_id.in_(reviews)),
    ]
    return {model.__tablename__: _listing(model, where) for model, where in parts}
