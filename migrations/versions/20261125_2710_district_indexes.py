"""Indexes of a supervisor's lists: films by first reading, alerts, flags, courses that end."""

import sqlalchemy as sa

from app.core.indexes import create_index_concurrently, drop_index_concurrently

revision = "district_indexes"
down_revision = "figures"

# Name, table, columns, and of which rows.
INDEXES = (
    (
        "ix_recording_team_id_first_reviewed_at",
        "recording",
        ("team_id", "first_reviewed_at"),
        "first_reviewed_at is not null",
    ),
    (
        "ix_alert_team_severity",
        "alert",
        ("team_id", "severity", "raised_at", "id"),
        "state in ('open', 'seen')",
    ),
    ("ix_alert_handled", "alert", ("handled_at", "id"), "handled_at is not null"),
    (
        "ix_patient_flag_standing",
        "patient_flag",
        ("source", "code", "count desc", "id"),
        "until is null",
    ),
    (
        "ix_treatment_phase_ends_on_treatment_id",
        "treatment_phase",
        ("ends_on", "treatment_id"),
        None,
    ),
)
REPLACED = (("ix_alert_team_waiting", "alert"), ("ix_alert_team_handled", "alert"))


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        expressions = [sa.text(column) if " " in column else column for column in columns]
        create_index_concurrently(name, table, expressions, where=where)
    for name, table in REPLACED:
        drop_index_concurrently(name, table)


def downgrade() -> None:
    raise NotImplementedError("forward only")
