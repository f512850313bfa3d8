"""Institutions as a tree, family-doctor teams, their people, absences and the calendar."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Row


class Tier(StrEnum):
    VILLAGE_CLINIC = "village_clinic"
    TOWNSHIP_CENTRE = "township_centre"
    CENTRAL_TOWNSHIP_HOSPITAL = "central_township_hospital"
    DISTRICT_HOSPITAL = "district_hospital"


class Title(StrEnum):
    VILLAGE_DOCTOR = "village_doctor"
    FAMILY_DOCTOR = "family_doctor"
    NURSE = "nurse"
    TB_SUPERVISOR = "tb_supervisor"
    SPECIALIST = "specialist"
    PHARMACIST = "pharmacist"
    ADMINISTRATOR = "administrator"


class DayKind(StrEnum):
    """How a day differs from its weekday."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class AbsenceReason(StrEnum):
    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"


class AccessChangeKind(StrEnum):
    """What an operator does to an account, or to a team, that may give somebody reach."""

    CREATED = "created"
    CREDENTIALS = "credentials"
    ACTIVATION = "activation"
    ROLES = "roles"
    TITLE = "title"
    MOVE = "move"
    MEMBERSHIP = "membership"
    ABSENCE = "absence"
    TEAM_MERGE = "team_merge"
    INSTITUTION_MERGE = "institution_merge"


class AccessChangeState(StrEnum):
    """A waiting one that is past `expires_at` is as good as refused."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Institution(Row):
    """`path` is the dotted chain of ancestors' ids and its own, so a subtree is one prefix.

    `opening_hours` is as `hours.py` reads it. `version` counts changes of name and contacts.
    """

    __tablename__ = "institution"
    __table_args__ = (
        Index("ix_institution_path_prefix", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )

    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("institution.id", ondelete="RESTRICT"), index=True
    )
    tier: Mapped[Tier]
    name: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str | None]
    phone: Mapped[str | None]
    on_call_phone: Mapped[str | None]
    opening_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("institution.id", ondelete="RESTRICT")
    )


class StaffMember(Base):
    """The person behind a staff account: same id, one row each."""

    __tablename__ = "staff_member"

    id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_account.id", ondelete="RESTRICT"), primary_key=True
    )
    institution_id: Mapped[UUID] = mapped_column(
        ForeignKey("institution.id", ondelete="RESTRICT"), index=True
    )
    name: Mapped[str]
    title: Mapped[Title]

    institution: Mapped[Institution] = relationship(lazy="raise")


class Team(Row):
    """A family-doctor team; patients belong to a team, doctors reach patients through it.

    `version` counts changes of name, contacts and members.
    """

    __tablename__ = "team"

    institution_id: Mapped[UUID] = mapped_column(
        ForeignKey("institution.id", ondelete="RESTRICT"), index=True
    )
    name: Mapped[str]
    phone: Mapped[str | None]
    on_call_phone: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))

    institution: Mapped[Institution] = relationship(lazy="raise")


class TeamMember(Base):
    __tablename__ = "team_member"

    team_id: Mapped[UUID] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CalendarDay(Base):
    """A public holiday, or a weekend day that is worked in exchange for one."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind]
    name: Mapped[str]


class Absence(Row):
    """Days on which `stand_in_id` looks after the teams of `staff_id`; both days included.

    Whoever stands in and then leaves the place is taken out: `stand_in_id` is NULL from then on.
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="days"),
        CheckConstraint("stand_in_id <> staff_id", name="stand_in"),
        Index("ix_absence_staff_id_to_on", "staff_id", "to_on"),
        Index("ix_absence_stand_in_id_to_on", "stand_in_id", "to_on"),
        Index("ix_absence_from_on_id", "from_on", "id"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    stand_in_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[AbsenceReason]
    note: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]


class AccessChange(Row):
    """Who asked to give an account reach, and which second person said what to it.

    What needs no second person is confirmed at once, without `settled_by`. `payload` says from
    what to what, in codes and ids. `scope_ids` are the institutions whose records are at stake: a
    supervisor of all of them may confirm.
    """

    __tablename__ = "access_change"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (settled_at is null)", name="settled"),
        Index(
            "ix_access_change_waiting",
            "created_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_access_change_staff_id_created_at", "staff_id", "created_at"),
        Index("ix_access_change_requested_by_created_at", "requested_by", "created_at"),
        Index("ix_access_change_created_at_id", "created_at", "id"),
    )

    kind: Mapped[AccessChangeKind]
    state: Mapped[AccessChangeState]
    staff_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    scope_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    payload: Mapped[dict[str, Any]]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
