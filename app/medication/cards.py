"""Turn a row of a dose into the card that phone and calendar show."""

from datetime import datetime, timedelta

from app.core.storage import Storage
from app.media.content_types import JPEG
from app.medication import rules
from app.medication.models import Verdict
from app.medication.queries.doses import CardRow
from app.medication.schemas.doses import DoseCard, DoseStanding, DrugRead, RecordingBrief

NEEDS_LESSON = frozenset({Verdict.REJECTED, Verdict.UNVERIFIABLE, Verdict.PARTIAL})


def brief_of(row: CardRow, storage: Storage) -> RecordingBrief | None:
    """Describe the newest film; a still only where there is something to learn from it."""
    if row.recording_id is None or row.recording_state is None:
        return None
    still = row.poster_key if row.review_verdict in NEEDS_LESSON else None
    return RecordingBrief(
        recording_id=row.recording_id,
        state=row.recording_state,
        uploaded_at=row.uploaded_at,
        problem=row.problem,
        verdict=row.review_verdict,
        reason=row.reason,
        comment=row.comment,
        still_url=storage.link(still, JPEG) if still else None,
    )


def _day_code(row: CardRow, at: datetime) -> str | None:
    """Tell the code of a dose that can be filmed now or within the coming days."""
    ahead = row.opens_at - at <= timedelta(days=rules.CODE_DAYS_AHEAD)
    return rules.day_code(row.patient_id, row.due_on) if ahead and at < row.closes_at else None


def card_of(row: CardRow, at: datetime, storage: Storage) -> DoseCard:
    return DoseCard(
        dose_id=row.id,
        revision=row.revision,
        treatment_name=row.treatment_name,
        condition=row.condition,
        due_on=row.due_on,
        slot=row.slot,
        due_at=row.due_at,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        drugs=[DrugRead(**drug) for drug in row.drugs],
        state=rules.state_of(row, at),
        can_film=rules.can_film(row, at),
        can_report=rules.can_report(row, at),
        recording=brief_of(row, storage),
        side_effects_answered=row.side_effects_at is not None,
        severe=row.severe_at is not None,
        day_code=_day_code(row, at),
    )


def standing_of(row: CardRow, at: datetime) -> DoseStanding:
    return DoseStanding(
        dose_id=row.id,
        revision=row.revision,
        state=rules.state_of(row, at),
        can_film=rules.can_film(row, at),
        can_report=rules.can_report(row, at),
        severe=row.severe_at is not None,
    )
