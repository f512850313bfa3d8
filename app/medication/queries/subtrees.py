"""Reads of adherence over a subtree, and of patients who slip in it: from what was rolled up."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Subquery,
    Uuid,
    and_,
    cast,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.statements import typed_rows
from app.institutions.models import Institution, Team, Tier
from app.institutions.supervised import teams_within
from app.medication.models import SlippingPatient, TeamFigures, TeamStanding
from app.medication.rates import Rates
from app.medication.schemas.supervision import Branch, Slipping
from app.patients.models import Patient

MOST_SLIPPING = 100
COUNTS = ("closed", "observed", "verified", "reported", "unreviewed")


class _BranchRow(NamedTuple):
    """An institution of the tree and the five counts of Rates.

    Those of the institution itself are of its own teams alone, those of one below of its subtree.
    """

    id: UUID
    name: str
    tier: Tier
    has_children: bool
    patients: int
    closed: int
    observed: int
    verified: int
    reported: int
    unreviewed: int


def _by_branch(institution: Institution, days: int) -> Subquery:
    """Add teams up by the institution right below this one that they are in, or by itself."""
    below = aliased(Institution)
    rest = func.substr(below.path, len(institution.path) + 2)
    branch = func.coalesce(
        cast(func.nullif(func.split_part(rest, ".", 1), ""), Uuid), institution.id
    )
    of_team = and_(TeamFigures.team_id == Team.id, TeamFigures.days == days)
    sums = [func.coalesce(func.sum(getattr(TeamFigures, n)), 0).label(n) for n in COUNTS]
    patients = func.coalesce(func.sum(TeamStanding.patients), 0).label("patients")
    return (
        select(branch.label("branch_id"), patients, *sums)
        .select_from(below)
        .outerjoin(Team, Team.institution_id == below.id)
        .outerjoin(TeamStanding, TeamStanding.team_id == Team.id)
        .outerjoin(TeamFigures, of_team)
        .where(below.path.startswith(institution.path))
        .group_by("branch_id")
        .subquery()
    )


async def branches_of(session: AsyncSession, institution: Institution, days: int) -> list[Branch]:
    """List the institution, then each one right below it, every one with its whole subtree.

    Where least was seen comes first; where nothing was due, last; ties in the order of the tree.
    """
    sums, child = _by_branch(institution, days), aliased(Institution)
    result = await session.execute(
        select(
            Institution.id,
            Institution.name,
            Institution.tier,
            exists().where(child.parent_id == Institution.id).label("has_children"),
            sums.c.patients,
            *(sums.c[name] for name in COUNTS),
        )
        .join(sums, sums.c.branch_id == Institution.id)
        .order_by(Institution.path)
    )
    rows = typed_rows(_BranchRow, result)
    found = [_branch(row, rows if row.id == institution.id else [row]) for row in rows]
    return sorted(found, key=lambda one: _order(one, institution.id))


def _order(branch: Branch, top_id: UUID) -> tuple[bool, bool, float]:
    rate = branch.rates.observed_rate
    return branch.institution_id != top_id, rate is None, rate or 0


def _branch(row: _BranchRow, parts: Sequence[_BranchRow]) -> Branch:
    rates = Rates(*(sum(getattr(part, name) for part in parts) for name in COUNTS))
    patients = sum(part.patients for part in parts)
    return Branch(row.id, row.name, row.tier, patients, rates, not row.has_children)


def _worst(institution: Institution, days: int) -> Subquery:
    """Take the worst of each team in the order of the index, so that a city costs its teams."""
    row = SlippingPatient
    of_team = (
        select(row.rank, row.at_best, row.patient_id)
        .where(row.team_id == Team.id, row.days == days)
        .order_by(row.rank, row.at_best, row.patient_id)
        .limit(MOST_SLIPPING)
        .lateral()
    )
    return (
        select(of_team)
        .select_from(Team)
        .join(of_team, true())
        .where(Team.id.in_(teams_within(institution)))
        .order_by(of_team.c.rank, of_team.c.at_best, of_team.c.patient_id)
        .limit(MOST_SLIPPING)
        .subquery()
    )


def _in_care(institution: Institution) -> ColumnElement[bool]:
    """Ask the patient's own row: the list may be a night old."""
    within = Patient.team_id.in_(teams_within(institution))
    return and_(within, Patient.closed_at.is_(None))


async def slipping_in(session: AsyncSession, institution: Institution, days: int) -> list[Slipping]:
    """Those in need of a look: missing in a row, a low rate even at best, films left unread."""
    worst, row = _worst(institution, days), SlippingPatient
    result = await session.execute(
        select(
            Patient,
            Institution.name.label("institution_name"),
            row.closed,
            row.observed,
            row.unreviewed,
            row.in_row,
            row.unread,
            row.last_kept_at,
        )
        .join(row, and_(row.patient_id == Patient.id, row.days == days))
        .join(worst, worst.c.patient_id == row.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .where(_in_care(institution))
        .order_by(worst.c.rank, worst.c.at_best, worst.c.patient_id)
    )
    return typed_rows(Slipping, result)
