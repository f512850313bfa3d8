"""Rows of patients, split by noun."""

from app.patients.models.bindings import (
    BindingAttempt,
    BindingCode,
    TypedBindingCode,
)
from app.patients.models.records import (
    BirthPrecision,
    Condition,
    ContactKind,
    ContactLog,
    DocumentKind,
    Guardian,
    GuardianRelation,
    PastTeam,
    Patient,
    PatientFlag,
    RecordClosing,
    RecordEnd,
    Relation,
    Sex,
)

__all__ = [
    "BindingAttempt",
    "BindingCode",
    "BirthPrecision",
    "Condition",
    "ContactKind",
    "ContactLog",
    "DocumentKind",
    "Guardian",
    "GuardianRelation",
    "PastTeam",
    "Patient",
    "PatientFlag",
    "RecordClosing",
    "RecordEnd",
    "Relation",
    "Sex",
    "TypedBindingCode",
]
