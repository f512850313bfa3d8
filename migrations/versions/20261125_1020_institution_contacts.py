"""Contacts, hours and ends of institutions and teams; absences; the working calendar."""

from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "institution_contacts"
down_revision = "stream_events"

# (first day, last day, name): notices of the State Council's General Office on public holidays,
# for 2025 of 2024-11-12, for 2026 of 2025-11-04. That for 2027 is entered by the operator.
HOLIDAYS = (
    (date(2025, 1, 1), date(2025, 1, 1), "元旦"),
    (date(2025, 1, 28), date(2025, 2, 4), "春节"),
    (date(2025, 4, 4), date(2025, 4, 6), "清明节"),
    (date(2025, 5, 1), date(2025, 5, 5), "劳动节"),
    (date(2025, 5, 31), date(2025, 6, 2), "端午节"),
    (date(2025, 10, 1), date(2025, 10, 8), "国庆节、中秋节"),
    (date(2026, 1, 1), date(2026, 1, 3), "元旦"),
    (date(2026, 2, 15), date(2026, 2, 23), "春节"),
    (date(2026, 4, 4), date(2026, 4, 6), "清明节"),
    (date(2026, 5, 1), date(2026, 5, 5), "劳动节"),
    (date(2026, 6, 19), date(2026, 6, 21), "端午节"),
    (date(2026, 9, 25), date(2026, 9, 27), "中秋节"),
    (date(2026, 10, 1), date(2026, 10, 7), "国庆节"),
)
WORKDAYS = (
    (date(2025, 1, 26), "春节"),
    (date(2025, 2, 8), "春节"),
    (date(2025, 4, 27), "劳动节"),
    (date(2025, 9, 28), "国庆节、中秋节"),
    (date(2025, 10, 11), "国庆节、中秋节"),
    (date(2026, 1, 4), "元旦"),
    (date(2026, 2, 14), "春节"),
    (date(2026, 2, 28), "春节"),
    (date(2026, 5, 9), "劳动节"),
    (date(2026, 9, 20), "国庆节"),
    (date(2026, 10, 10), "国庆节"),
)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _days() -> Iterator[dict[str, object]]:
    for first, last, name in HOLIDAYS:
        for offset in range((last - first).days + 1):
            yield {"day": first + timedelta(offset), "kind": "holiday", "name": name}
    for day, name in WORKDAYS:
        yield {"day": day, "kind": "workday", "name": f"{name}调休上班"}


def upgrade() -> None:
    for column in ("address", "phone", "on_call_phone"):
        op.add_column("institution", sa.Column(column, sa.Text()))
    op.add_column("institution", sa.Column("opening_hours", postgresql.JSONB(none_as_null=True)))
    for column in ("phone", "on_call_phone"):
        op.add_column("team", sa.Column(column, sa.Text()))
    for table in ("institution", "team"):
        version = sa.Column("version", sa.Integer(), server_default="1", nullable=False)
        op.add_column(table, version)
        op.add_column(table, sa.Column("closed_at", sa.DateTime(timezone=True)))
        op.add_column(table, sa.Column("merged_into_id", sa.Uuid()))
        op.create_foreign_key(
            op.f(f"fk_{table}_merged_into_id_{table}"),
            table,
            table,
            ["merged_into_id"],
            ["id"],
            ondelete="RESTRICT",
        )
    op.drop_constraint(op.f("ck_staff_member_title"), "staff_member", type_="check")
    op.create_check_constraint(
        op.f("ck_staff_member_title"),
        "staff_member",
        "title in ('village_doctor', 'family_doctor', 'nurse', 'tb_supervisor', 'specialist',"
        " 'pharmacist', 'administrator')",
    )
    op.create_table(
        "absence",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column(
            "reason", _enum("absencereason", "leave", "sick", "training", "other"), nullable=False
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_absence_days")),
        sa.CheckConstraint("stand_in_id <> staff_id", name=op.f("ck_absence_stand_in")),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_absence_staff_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stand_in_id"],
            ["staff_member.id"],
            name=op.f("fk_absence_stand_in_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_staff_id_to_on", "absence", ["staff_id", "to_on"])
    op.create_index("ix_absence_stand_in_id_to_on", "absence", ["stand_in_id", "to_on"])
    op.create_index("ix_absence_from_on_id", "absence", ["from_on", "id"])
    days = op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", _enum("daykind", "holiday", "workday"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.bulk_insert(days, list(_days()))


def downgrade() -> None:
    raise NotImplementedError("forward only")
