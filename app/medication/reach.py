"""Which films may be taken in, and which may be shown: the rules that read the truth.

Events only tidy up after these rules; what they let through is right before any event was heard.
"""

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.accounts.models import Consent
from app.medication import consents
from app.medication.models import Recording, RecordingState
from app.patients import consents as record_consents
from app.patients.models import Guardian, Patient
from app.patients.reach import not_left

PURPOSES = (record_consents.PURPOSE, consents.PURPOSE)
ON_THE_WAY = (RecordingState.REQUESTED, RecordingState.UPLOADED, RecordingState.PROCESSING)
_GUARDIAN_ACCOUNT = (
    select(Guardian.wechat_account_id)
    .where(Guardian.patient_id == Patient.id)
    .correlate(Patient)
    .scalar_subquery()
)


def _agreed() -> ColumnElement[bool]:
    """Of the outer Patient and Recording: whoever sent the film still agrees to both documents.

    Rows older than `by_account_id` ask the phone that is bound; where none is, nobody said no.
    """
    sender = func.coalesce(Recording.by_account_id, Patient.wechat_account_id, _GUARDIAN_ACCOUNT)
    standing = (
        select(func.count())
        .where(
            Consent.wechat_account_id == sender,
            or_(*(Consent.purpose == purpose for purpose in PURPOSES)),
            Consent.withdrawn_at.is_(None),
        )
        .correlate(Patient, Recording)
        .scalar_subquery()
    )
    return or_(sender.is_(None), standing == len(PURPOSES))


def _of_open_record(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of the outer Recording, looked up film by film: the record was not left by its holder.

    Where the team has closed it, what was filmed before still counts and is read.

    Not by EXISTS: the planner makes a join of it and reads every patient of the district for the
    few films that a page shows.
    """
    record = select(and_(not_left(), *conditions)).where(Patient.id == Recording.patient_id)
    return record.correlate(Recording).scalar_subquery().is_(True)


def agreed() -> ColumnElement[bool]:
    """Select films that may be worked on and shown: the record is open, the consent stands.

    A phone that staff have unbound takes nothing back of what it sent before.
    """
    return _of_open_record(_agreed())


def may_arrive() -> ColumnElement[bool]:
    """As `agreed`, and the phone that announced the film still acts for the record."""
    acts = or_(
        Recording.by_account_id.is_(None),
        Patient.wechat_account_id == Recording.by_account_id,
        Recording.by_account_id == _GUARDIAN_ACCOUNT,
    )
    return _of_open_record(_agreed(), acts)


def let_go() -> ColumnElement[bool]:
    """Select films that wait for something and may not: each by the rule of its state."""
    waits = or_(Recording.state.in_(ON_THE_WAY), Recording.pending_reading.is_not(None))
    requested = Recording.state == RecordingState.REQUESTED
    return and_(waits, or_(and_(requested, ~may_arrive()), and_(~requested, ~agreed())))


def may_be_read() -> ColumnElement[bool]:
    """Select films of the team that the patient is with now, whose sender still agrees.

    `Recording.team_id` is a copy for the queue's order; it counts only while it is the truth.
    """
    return _of_open_record(Patient.team_id == Recording.team_id, _agreed())


def may_be_shown() -> ColumnElement[bool]:
    """As `agreed`, and films that were read before stay until the day that was promised."""
    return or_(Recording.first_reviewed_at.is_not(None), agreed())
