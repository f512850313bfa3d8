"""Which patients a member of staff reaches: the rule, for every query and loader."""

from sqlalchemy import ColumnElement

from app.accounts.access import StaffActor
from app.institutions.reach import Reader, reachable_teams
from app.patients.models import Patient


def within_reach(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """Patients of the own care teams; with a supervising role those of the whole subtree."""
    return Patient.team_id.in_(reachable_teams(actor))
