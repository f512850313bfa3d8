"""The patient's record, past teams, guardian, contacts, closings, flags."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Encrypted
from app.core.db import Base, Row
from app.core.severity import Severity


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class BirthPrecision(StrEnum):
    """How much is known of a birth: of a year alone, `birth_on` is its first of January."""

    DAY = "day"
    YEAR = "year"


class DocumentKind(StrEnum):
    """What `id_number` is the number of; residence permits of 18 characters are resident IDs."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    OTHER = "other"


class Relation(StrEnum):
    """Who holds the phone that acts on a record."""

    SELF = "self"
    GUARDIAN = "guardian"


class GuardianRelation(StrEnum):
    """What the guardian is to the child."""

    FATHER = "father"
    MOTHER = "mother"
    GRANDPARENT = "grandparent"
    OTHER = "other"


class ContactKind(StrEnum):
    CALLED = "called"
    NO_ANSWER = "no_answer"
    VISITED = "visited"
    NOTE = "note"


class Condition(StrEnum):
    """What a person is in care for; shown in every head and list, to all who reach the record.

    Severe mental illness is never one of these: it is sensitive and only named roles may see it.
    Its feature declares a FlagKind with those roles (`core/feature.py`).
    """

    TUBERCULOSIS = "tuberculosis"
    HYPERTENSION = "hypertension"
    DIABETES = "diabetes"


class RecordEnd(StrEnum):
    """Why staff closed a record; whoever closes the own account gives no reason."""

    DIED = "died"
    MOVED_AWAY = "moved_away"
    NOT_OURS = "not_ours"
    MISTAKE = "mistake"
    OTHER = "other"


class Patient(Row):
    """A person in care of one team.

    `search_keys` are keyed hashes of beginnings of the name, of the given name and of their
    initials, of the phone and the document's number: enough to find, at the price that equal
    beginnings are seen equal. `keys_version` is `search.KEYS_VERSION` of the day on which they
    were made; `python -m app.release` makes older ones anew. `version` counts the changes of the
    record, so that the later of two forms is told. A record that was joined into another
    names it in `merged_into_id` and is closed and empty. `closed_why` is there while a closing by
    staff stands (`RecordClosing`): the phone stays bound, to read that, and nothing is forgotten.
    Closed without it, the record was left by its holder, or joined.
    """

    __tablename__ = "patient"
    __table_args__ = (
        CheckConstraint("weight_kg > 0 and weight_kg < 500", name="weight_kg"),
        CheckConstraint(
            "birth_precision = 'day' or"
            " (extract(month from birth_on) = 1 and extract(day from birth_on) = 1)",
            name="birth_on",
        ),
        Index("ix_patient_search_keys", "search_keys", postgresql_using="gin"),
        Index("ix_patient_team_id_created_at_id", "team_id", "created_at", "id"),
        Index("ix_patient_created_at_id", "created_at", "id"),
        Index(
            "ix_patient_merged_into_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id is not null"),
        ),
        Index(
            "ix_patient_closed",
            "team_id",
            "created_at",
            "id",
            postgresql_where=text("closed_at is not null"),
        ),
        Index(
            "uq_patient_id_number_hash",
            "id_number_hash",
            unique=True,
            postgresql_where=text("id_number_hash is not null"),
        ),
    )

    wechat_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="SET NULL"), unique=True
    )
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(Encrypted("patient.name"))
    phone: Mapped[str] = mapped_column(Encrypted("patient.phone"))
    id_number: Mapped[str | None] = mapped_column(Encrypted("patient.id_number"))
    id_number_hash: Mapped[str | None]
    document_kind: Mapped[DocumentKind] = mapped_column(
        default=DocumentKind.RESIDENT_ID, server_default=DocumentKind.RESIDENT_ID.value
    )
    search_keys: Mapped[list[str]]
    keys_version: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    sex: Mapped[Sex]
    birth_on: Mapped[date]
    birth_precision: Mapped[BirthPrecision] = mapped_column(
        default=BirthPrecision.DAY, server_default=BirthPrecision.DAY.value
    )
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    conditions: Mapped[list[str]]
    zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[RecordEnd | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("patient.id", ondelete="RESTRICT")
    )
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))


class PastTeam(Base):
    """The team that looked after a patient up to and with the day `until_on` (days begin at 03:00).

    One row for each day on which the patient went to another team; that day itself belongs to the
    new one. The team of any day is the earliest row not before it, else `Patient.team_id`.
    """

    __tablename__ = "past_team"

    patient_id: Mapped[UUID] = mapped_column(
        ForeignKey("patient.id", ondelete="CASCADE"), primary_key=True
    )
    until_on: Mapped[date] = mapped_column(primary_key=True, index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"), index=True)


class Guardian(Row):
    """Who consents for a child under 14, and whose phone acts for it."""

    __tablename__ = "guardian"

    patient_id: Mapped[UUID] = mapped_column(
        ForeignKey("patient.id", ondelete="CASCADE"), unique=True
    )
    name: Mapped[str] = mapped_column(Encrypted("guardian.name"))
    phone: Mapped[str] = mapped_column(Encrypted("guardian.phone"))
    relation: Mapped[GuardianRelation]
    wechat_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="SET NULL"), unique=True
    )


class ContactLog(Row):
    """Append-only: how staff reached the patient; a correction is a new line.

    `client_key` is the form's own, so that a second press writes nothing.
    """

    __tablename__ = "contact_log"
    __table_args__ = (
        UniqueConstraint("staff_id", "client_key"),
        Index("ix_contact_log_patient_id_created_at_id", "patient_id", "created_at", "id"),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    kind: Mapped[ContactKind]
    note: Mapped[str | None] = mapped_column(Encrypted("contact_log.note"))
    client_key: Mapped[str]


class RecordClosing(Row):
    """That staff closed a record, and who took it back, and why: the line stays, struck through.

    From the day `closed_on` on nothing was due. Ended without `taken_back_by` it was not wrong: a
    phone was bound anew, or the record joined to one whose phone is bound.
    """

    __tablename__ = "record_closing"
    __table_args__ = (Index("ix_record_closing_patient_id", "patient_id"),)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    reason: Mapped[RecordEnd]
    closed_on: Mapped[date]
    note: Mapped[str | None] = mapped_column(Encrypted("record_closing.note"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    taken_back_why: Mapped[str | None] = mapped_column(Encrypted("record_closing.taken_back_why"))


class PatientFlag(Row):
    """What one feature knows and every room must see; open while `until` is empty.

    `source` is the feature's name, `code` that of its FlagKind, `subject_id` the row of the
    feature that it is about (a treatment). One open flag for each of these together.
    """

    __tablename__ = "patient_flag"
    __table_args__ = (
        Index(
            "uq_patient_flag_open",
            "patient_id",
            "source",
            "code",
            "subject_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("until is null"),
        ),
        Index("ix_patient_flag_patient_id", "patient_id"),
        Index(
            "ix_patient_flag_standing",
            "source",
            "code",
            desc("count"),
            "id",
            postgresql_where=text("until is null"),
        ),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    source: Mapped[str]
    code: Mapped[str]
    severity: Mapped[Severity]
    subject_id: Mapped[UUID | None]
    count: Mapped[int | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
