"""Reads of adherence over a subtree, and of patients who slip in it: from what was rolled up."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.hot import hot
from app.core.statements import typed_rows, written
from app.institutions.models import Institution, Team, Tier
from app.institutions.supervised import teams_within
from app.medication.models import SlippingPatient, TeamFigures, TeamStanding, Treatment
from app.medication.rates import Rates
from app.medication.schemas.supervision import Branch, Slipping
from app.patients.models import Patient

MOST_SLIPPING = 100
# A bar chart of more cannot be read, and a page of it takes long.
MOST_BRANCHES = 12
COUNTS = ("closed", "observed", "verified", "reported", "unreviewed")


class _BranchRow(NamedTuple):
    """An institution with its subtree, the five counts of Rates, and how many there are."""

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
    every: int


class Branches(NamedTuple):
    """The institution, then those right below it; `below` counts those that are not listed, too."""

    listed: list[Branch]
    below: int


def _by_branch(institution_id: UUID, path: str, days: int) -> Subquery:
    """Add teams up by the institution right below this one that they are in, or by itself."""
    below = aliased(Institution)
    rest = func.substr(below.path, func.length(cast(path, Text)) + 2)
    branch = func.coalesce(
        cast(func.nullif(func.split_part(rest, ".", 1), ""), Uuid), cast(institution_id, Uuid)
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
        .where(below.path.startswith(path))
        .group_by("branch_id")
        .subquery()
    )


def _with_total(own: Subquery, institution_id: UUID) -> Subquery:
    """Give the institution itself, whose own teams are one row, the sum of all rows."""
    is_top = own.c.branch_id == institution_id
    sums = [
        cast(case((is_top, func.sum(own.c[name]).over()), else_=own.c[name]), BigInteger).label(
            name
        )
        for name in ("patients", *COUNTS)
    ]
    every = func.count().over().label("every")
    return select(own.c.branch_id, is_top.label("is_top"), *sums, every).subquery()


@hot(_BranchRow)
def _branches(
    limited: bool, /, *, institution_id: UUID, path: str, days: int
) -> Select[*tuple[Any, ...]]:
    sums = _with_total(_by_branch(institution_id, path, days), institution_id)
    child = aliased(Institution)
    rate = cast(sums.c.observed, Float) / func.nullif(sums.c.closed, 0)
    rows = (
        select(
            Institution.id,
            Institution.name,
            Institution.tier,
            exists().where(child.parent_id == Institution.id).label("has_children"),
            sums.c.patients,
            *(sums.c[name] for name in COUNTS),
            sums.c.every,
        )
        .join(sums, sums.c.branch_id == Institution.id)
        .order_by(sums.c.is_top.desc(), rate.nulls_last(), Institution.path)
    )
    return rows.limit(written(MOST_BRANCHES + 1)) if limited else rows


async def branches_of(
    session: AsyncSession, institution: Institution, days: int, *, limited: bool = False
) -> Branches:
    """List the institution, then each one right below it, every one with its whole subtree.

    Where least was seen comes first; where nothing was due, last; ties in the order of the tree.
    `limited`: only the first MOST_BRANCHES of them.
    """
    rows = await _branches.all(
        session, limited, institution_id=institution.id, path=institution.path, days=days
    )
    return Branches([_branch(row) for row in rows], rows[0].every - 1)


def _branch(row: _BranchRow) -> Branch:
    rates = Rates(*(getattr(row, name) for name in COUNTS))
    return Branch(row.id, row.name, row.tier, row.patients, rates, not row.has_children)


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
            Treatment.name.label("treatment_name"),
            row.by_film,
            row.closed,
            row.observed,
            row.reported,
            row.unreviewed,
            row.in_row,
            row.unread,
            row.last_kept_at,
        )
        .join(row, and_(row.patient_id == Patient.id, row.days == days))
        .join(worst, worst.c.patient_id == row.patient_id)
        .join(Treatment, Treatment.id == row.treatment_id)
        .join(Team, Team.id == Patient.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .where(_in_care(institution))
        .order_by(worst.c.rank, worst.c.at_best, worst.c.patient_id)
    )
    return typed_rows(Slipping, result)
