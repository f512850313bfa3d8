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
from app.medication.models.figures import (
    AdherenceDay,
    FigureMark,
    ReviewDay,
    SlippingPatient,
    SubtreeFigures,
    TeamAdherence,
    TeamFigures,
    TeamStanding,
)
from app.medication.models.guide_voices import GuideVoice, VoiceState, VoiceStep
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
    "AdherenceDay",
    "CannotFilmReason",
    "ChangeKind",
    "Dose",
    "DoseHold",
    "DoseReport",
    "Evidence",
    "Expectation",
    "FigureMark",
    "GuideVoice",
    "Outcome",
    "PhaseDrug",
    "Progress",
    "Reading",
    "Recording",
    "RecordingFlag",
    "RecordingState",
    "Review",
    "ReviewDay",
    "ReviewReason",
    "ReviewWithdrawal",
    "SideEffectReport",
    "SlippingPatient",
    "Slot",
    "SubtreeFigures",
    "TeamAdherence",
    "TeamFigures",
    "TeamStanding",
    "Treatment",
    "TreatmentChange",
    "TreatmentPhase",
    "TreatmentTemplate",
    "Verdict",
    "VoiceState",
    "VoiceStep",
]
