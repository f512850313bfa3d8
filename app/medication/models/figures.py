"""Figures of teams, rolled up by a job: what a supervisor's pages read instead of every dose.

Rows of a day are made anew from the facts whenever one of them changes (`service/rollups.py`).
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.patients.models import Condition

SMALL = ARRAY(SmallInteger)
COUNTS = ARRAY(Integer)


def _team() -> Mapped[UUID]:
    return mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)


class AdherenceDay(Base):
    """Doses of one day against one illness, as `rates.Rates`, of whoever was the team's then."""

    __tablename__ = "adherence_day"

    team_id: Mapped[UUID] = _team()
    on: Mapped[date] = mapped_column(primary_key=True)
    condition: Mapped[Condition] = mapped_column(primary_key=True)
    closed: Mapped[int]
    observed: Mapped[int]
    verified: Mapped[int]
    reported: Mapped[int]
    unreviewed: Mapped[int]
    missed: Mapped[int]


class ReviewDay(Base):
    """Films that arrived on a day of the clinics' zone, and films first read on it.

    The lists hold a small number for each film: the step that its seconds fall into (`histogram`),
    the place of its verdict in `Verdict`, and of a film read twice both (first * 4 + second).
    """

    __tablename__ = "review_day"
    __table_args__ = (
        Index(
            "ix_review_day_counts",
            "team_id",
            "on",
            postgresql_include=["received", "due", "in_time"],
        ),
    )

    team_id: Mapped[UUID] = _team()
    on: Mapped[date] = mapped_column(primary_key=True)
    received: Mapped[int]
    due: Mapped[int]
    in_time: Mapped[int]
    sending: Mapped[list[int]] = mapped_column(SMALL)
    watched: Mapped[list[int]] = mapped_column(SMALL)
    taken: Mapped[list[int]] = mapped_column(SMALL)
    verdicts: Mapped[list[int]] = mapped_column(SMALL)
    pairs: Mapped[list[int]] = mapped_column(SMALL)


class TeamFigures(Base):
    """Sums of a team over the last `days` days; of each list how often each number stands in it."""

    __tablename__ = "team_figures"

    team_id: Mapped[UUID] = _team()
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    closed: Mapped[int]
    observed: Mapped[int]
    verified: Mapped[int]
    reported: Mapped[int]
    unreviewed: Mapped[int]
    received: Mapped[int]
    due: Mapped[int]
    in_time: Mapped[int]
    sending: Mapped[list[int]] = mapped_column(COUNTS)
    watched: Mapped[list[int]] = mapped_column(COUNTS)
    taken: Mapped[list[int]] = mapped_column(COUNTS)
    verdicts: Mapped[list[int]] = mapped_column(COUNTS)
    pairs: Mapped[list[int]] = mapped_column(COUNTS)


class TeamAdherence(Base):
    """As the doses in `TeamFigures`, of the treatments of one illness."""

    __tablename__ = "team_adherence"

    team_id: Mapped[UUID] = _team()
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    condition: Mapped[Condition] = mapped_column(primary_key=True)
    closed: Mapped[int]
    observed: Mapped[int]
    verified: Mapped[int]
    reported: Mapped[int]
    unreviewed: Mapped[int]


class TeamStanding(Base):
    """How a team stands now: its patients, the films that wait by age, how far figures reach.

    Records that are closed are counted apart.

    Windows that closed by `closed_until` are counted, with all that was known of them at `as_of`.
    """

    __tablename__ = "team_standing"

    team_id: Mapped[UUID] = _team()
    patients: Mapped[int]
    closed_records: Mapped[int] = mapped_column(server_default=text("0"))
    under_6: Mapped[int]
    under_12: Mapped[int]
    under_24: Mapped[int]
    under_48: Mapped[int]
    older: Mapped[int]
    second: Mapped[int]
    closed_until: Mapped[datetime | None]
    as_of: Mapped[datetime | None]


class SubtreeFigures(Base):
    """What `queries/supervision.py` found for an institution of many teams: its `parts`, as text.

    They are told again only for the same `first_on` and while `made_of` is what the teams have now:
    so neither a team rolled up meanwhile nor a change of the tree can make them wrong.
    """

    __tablename__ = "subtree_figures"

    institution_id: Mapped[UUID] = mapped_column(
        ForeignKey("institution.id", ondelete="CASCADE"), primary_key=True
    )
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    first_on: Mapped[date]
    made_of: Mapped[str]
    parts: Mapped[str]


class SlippingPatient(Base):
    """A patient who needs a look, by the doses of the last `days` days up to `closed_until`.

    The figures are those of one running treatment, of each illness the one that is worst off: pills
    that are taken well hide none that are not. One of them `is_worst`, and speaks where every
    illness is shown. `team_id` serves the order of the list alone: rights join the
    patient's. `at_best`: the share seen if every film that waits were accepted; where nobody films
    (not `by_film`), the share that the patient says was taken.
    """

    __tablename__ = "slipping_patient"
    __table_args__ = (
        # A city reads the first of each of its teams: from the index alone.
        Index(
            "ix_slipping_patient_by_rank",
            *("team_id", "days", "rank", "at_best", "patient_id"),
            postgresql_include=["is_worst", "condition"],
        ),
    )

    patient_id: Mapped[UUID] = mapped_column(
        ForeignKey("patient.id", ondelete="CASCADE"), primary_key=True
    )
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    condition: Mapped[Condition] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    treatment_id: Mapped[UUID] = mapped_column(ForeignKey("treatment.id", ondelete="CASCADE"))
    rank: Mapped[int]
    at_best: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    by_film: Mapped[bool]
    is_worst: Mapped[bool]
    closed: Mapped[int]
    observed: Mapped[int]
    reported: Mapped[int]
    unreviewed: Mapped[int]
    in_row: Mapped[int]
    unread: Mapped[int]
    last_kept_at: Mapped[datetime | None]


class FigureMark(Base):
    """A day of a team whose figures changed after they were rolled up; written by triggers."""

    __tablename__ = "figure_mark"
    __table_args__ = (Index("ix_figure_mark_team_id", "team_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    team_id: Mapped[UUID]
    on: Mapped[date]
