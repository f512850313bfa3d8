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
from app.core.statements import typed_rows
from app.institutions.models import Institution, Team, Tier
from app.institutions.supervised import teams_within
from app.medication.models import (
    SlippingPatient,
    TeamAdherence,
    TeamFigures,
    TeamStanding,
    Treatment,
)
from app.medication.rates import FILMED_CONDITION, Rates
from app.medication.schemas.supervision import Branch, Slipping
from app.patients.models import Condition, Patient

MOST_SLIPPING = 100
# A bar chart of more cannot be read, and a page of it takes long.
MOST_BRANCHES = 12
PEOPLE = ("patients", "closed_records")
COUNTS = ("closed", "observed", "verified", "reported", "unreviewed")


class _BranchRow(NamedTuple):
    """An institution with its subtree, the five counts of Rates, and how many there are."""

    id: UUID
    name: str
    tier: Tier
    has_children: bool
    patients: int
    closed_records: int
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


Sums = type[TeamFigures] | type[TeamAdherence]


def _by_branch(institution_id: UUID, path: str, of_team: ColumnElement[bool], of: Sums) -> Subquery:
    """Add teams up by the institution right below this one that they are in, or by itself."""
    below = aliased(Institution)
    rest = func.substr(below.path, func.length(cast(path, Text)) + 2)
    branch = func.coalesce(
        cast(func.nullif(func.split_part(rest, ".", 1), ""), Uuid), cast(institution_id, Uuid)
    )
    sums = [func.coalesce(func.sum(getattr(of, n)), 0).label(n) for n in COUNTS]
    people = [func.coalesce(func.sum(getattr(TeamStanding, n)), 0).label(n) for n in PEOPLE]
    return (
        select(branch.label("branch_id"), *people, *sums)
        .select_from(below)
        .outerjoin(Team, Team.institution_id == below.id)
        .outerjoin(TeamStanding, TeamStanding.team_id == Team.id)
        .outerjoin(of, of_team)
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
        for name in (*PEOPLE, *COUNTS)
    ]
    every = func.count().over().label("every")
    return select(own.c.branch_id, is_top.label("is_top"), *sums, every).subquery()


def _of_one_illness(days: int, condition: str) -> ColumnElement[bool]:
    own = and_(TeamAdherence.team_id == Team.id, TeamAdherence.days == days)
    return and_(own, TeamAdherence.condition == condition)


@hot(_BranchRow)
def _branches(
    limited: bool,
    one_illness: bool,
    by_film: bool,
    /,
    *,
    institution_id: UUID,
    path: str,
    days: int,
    condition: str,
) -> Select[*tuple[Any, ...]]:
    of: Sums = TeamAdherence if one_illness else TeamFigures
    every = and_(TeamFigures.team_id == Team.id, TeamFigures.days == days)
    of_team = _of_one_illness(days, condition) if one_illness else every
    sums = _with_total(_by_branch(institution_id, path, of_team, of), institution_id)
    child = aliased(Institution)
    taken = sums.c.observed if by_film else sums.c.reported
    rate = cast(taken, Float) / func.nullif(sums.c.closed, 0)
    rows = (
        select(
            Institution.id,
            Institution.name,
            Institution.tier,
            exists().where(child.parent_id == Institution.id).label("has_children"),
            *(sums.c[name] for name in (*PEOPLE, *COUNTS)),
            sums.c.every,
        )
        .join(sums, sums.c.branch_id == Institution.id)
        .order_by(sums.c.is_top.desc(), rate.nulls_last(), Institution.path)
    )
    return rows.limit(MOST_BRANCHES + 1) if limited else rows


async def branches_of(
    session: AsyncSession,
    institution: Institution,
    days: int,
    condition: Condition | None = None,
    *,
    limited: bool = False,
) -> Branches:
    """List the institution, then each one right below it, every one with its whole subtree.

    Where least was seen comes first (or said, where films say nothing); where nothing was due,
    last; ties in the order of the tree. `limited`: only the first MOST_BRANCHES of them.
    """
    by_film = condition is FILMED_CONDITION
    rows = await _branches.all(
        session,
        limited,
        condition is not None,
        by_film,
        institution_id=institution.id,
        path=institution.path,
        days=days,
        condition=condition or "",
    )
    return Branches([_branch(row, by_film=by_film) for row in rows], rows[0].every - 1)


def _branch(row: _BranchRow, *, by_film: bool) -> Branch:
    counts = (row.closed, row.observed, row.verified, row.reported, row.unreviewed)
    rates = Rates(*counts, by_film)
    return Branch(
        row.id, row.name, row.tier, row.patients, row.closed_records, rates, not row.has_children
    )


def _told(condition: Condition | None) -> ColumnElement[bool]:
    """Of every illness only the worst of each patient."""
    row = SlippingPatient
    return row.is_worst.is_(True) if condition is None else row.condition == condition


def _worst(institution: Institution, days: int, told: ColumnElement[bool]) -> Subquery:
    """Take the worst of each team in the order of the index, so that a city costs its teams."""
    row = SlippingPatient
    of_team = (
        select(row.rank, row.at_best, row.patient_id)
        .where(row.team_id == Team.id, row.days == days, told)
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


async def slipping_in(
    session: AsyncSession, institution: Institution, days: int, condition: Condition | None = None
) -> list[Slipping]:
    """Those in need of a look: missing in a row, a low rate even at best, films left unread."""
    told = _told(condition)
    worst, row = _worst(institution, days, told), SlippingPatient
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
        .join(row, and_(row.patient_id == Patient.id, row.days == days, told))
        .join(worst, worst.c.patient_id == row.patient_id)
        .join(Treatment, Treatment.id == row.treatment_id)
        .join(Team, Team.id == Patient.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .where(_in_care(institution))
        .order_by(worst.c.rank, worst.c.at_best, worst.c.patient_id)
    )
    return typed_rows(Slipping, result)
