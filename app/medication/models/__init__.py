"""Rows of medication, split by noun."""

from app.medication.models.doses import (
    CannotFilmReason,
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    SideEffectReport,
    Slot,
)
from app.medication.models.recordings import (
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
)
from app.medication.models.reviews import Review, ReviewReason, ReviewWithdrawal, Verdict
from app.medication.models.treatments import (
    ChangeKind,
    DoseHold,
    Outcome,
    PhaseDrug,
    Treatment,
    TreatmentChange,
    TreatmentPhase,
    TreatmentTemplate,
)

__all__ = [
    "CannotFilmReason",
    "ChangeKind",
    "Dose",
    "DoseHold",
    "DoseReport",
    "Evidence",
    "Expectation",
    "Outcome",
    "PhaseDrug",
    "Progress",
    "Reading",
    "Recording",
    "RecordingFlag",
    "RecordingState",
    "Review",
    "ReviewReason",
    "ReviewWithdrawal",
    "SideEffectReport",
    "Slot",
    "Treatment",
    "TreatmentChange",
    "TreatmentPhase",
    "TreatmentTemplate",
    "Verdict",
]
