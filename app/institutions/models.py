"""Institutions as a tree, family-doctor teams, and the people who work in them."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
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
    ADMINISTRATOR = "administrator"


class Institution(Row):
    """`path` is the dotted chain of ancestors' ids and its own, so a subtree is one prefix."""

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
    """A family-doctor team; patients belong to a team, doctors reach patients through it."""

    __tablename__ = "team"

    institution_id: Mapped[UUID] = mapped_column(
        ForeignKey("institution.id", ondelete="RESTRICT"), index=True
    )
    name: Mapped[str]

    institution: Mapped[Institution] = relationship(lazy="raise")


class TeamMember(Base):
    __tablename__ = "team_member"

    team_id: Mapped[UUID] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
