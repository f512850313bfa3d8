"""Which patients a member of staff reaches: the rule, for every query and loader."""

from sqlalchemy import ColumnElement, and_, exists, or_

from app.accounts.access import StaffActor
from app.institutions.reach import Reader, reachable_teams
from app.patients.models import Guardian, Patient


def team_within_reach(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """As `within_reach`, with records that were merged into others."""
    return Patient.team_id.in_(reachable_teams(actor))


def within_reach(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """Patients of the own care teams; with a supervising role those of the whole subtree."""
    return and_(team_within_reach(actor), Patient.merged_into_id.is_(None))


def not_left() -> ColumnElement[bool]:
    """Select records in care, and those that staff closed: their phone is still theirs.

    What was sent before counts and is read; nothing new is asked for.
    """
    return or_(Patient.closed_at.is_(None), Patient.closed_why.is_not(None))


def ended() -> ColumnElement[bool]:
    """Select closed records: by their team, or left by their holder."""
    return Patient.closed_at.is_not(None)


def has_phone() -> ColumnElement[bool]:
    """Whether a phone is bound: the patient's, or their guardian's."""
    guarded = exists().where(
        Guardian.patient_id == Patient.id, Guardian.wechat_account_id.is_not(None)
    )
    return or_(Patient.wechat_account_id.is_not(None), guarded)
