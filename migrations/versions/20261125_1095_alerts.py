"""Alerts of any feature: one a patient, kind and episode, with a history; treatments go out of it.

The rows there are stay: their occasion becomes the episode, and what was acknowledged is closed.
An open one is escalated from now on: nobody is called for what lay there before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "alerts"
down_revision = "patient_record"

SEVERITY = ("notice", "warning", "danger", "severe")
STATE = ("open", "seen", "handled", "closed")
CLOSED_WHY = ("handled", "source_ended", "corrected", "merged")
RECIPIENT = ("on_call", "supervisors", "parent_supervisors")
EVENT = (
    "raised",
    "raised_again",
    "seen",
    "handed_over",
    "handled",
    "taken_back",
    "escalated",
    "closed",
)
STAFF = ("seen_by", "handled_by", "closed_by", "assigned_to")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.drop_index("ix_alert_team_open", table_name="alert")
    op.drop_index("ix_alert_patient_id_created_at", table_name="alert")
    op.drop_constraint(op.f("ck_alert_alertkind"), "alert", type_="check")
    op.drop_constraint(op.f("uq_alert_occasion"), "alert", type_="unique")
    op.alter_column("alert", "kind", type_=sa.Text())
    _add_columns()
    _fill()
    _require()
    for column in ("treatment_id", "occasion", "acknowledged_at", "acknowledged_by"):
        op.drop_column("alert", column)
    _add_indexes()
    _add_history()


def _add_columns() -> None:
    for column in (
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("episode", sa.Text(), nullable=True),
        sa.Column("severity", _enum("severity", SEVERITY), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("subject_feature", sa.Text(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", _enum("alertstate", STATE), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_raised", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_why", _enum("closedwhy", CLOSED_WHY), nullable=True),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("escalate_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation_step", sa.Integer(), nullable=True),
        sa.Column("escalated_to", _enum("recipient", RECIPIENT), nullable=True),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("alert", column)


def _fill() -> None:
    """Fill the new columns. Ended treatments closed their alerts by these words of their own."""
    op.execute(
        """
        update alert set
            source = 'medication',
            episode = case kind
                when 'two_misses' then regexp_replace(occasion, '^two:', '')
                when 'seven_misses' then treatment_id::text
                else occasion end,
            severity = case kind when 'severe_side_effect' then 'severe' else 'warning' end,
            level = case kind when 'two_misses' then 2 when 'seven_misses' then 7 else 0 end,
            detail = case kind
                when 'two_misses' then '{"count": 2}'::jsonb
                when 'seven_misses' then '{"count": 7}'::jsonb end,
            subject_feature = 'medication',
            subject_kind = case kind when 'severe_side_effect' then 'dose' else 'treatment' end,
            subject_id = case kind
                when 'severe_side_effect' then split_part(occasion, ':', 2)::uuid
                else treatment_id end,
            raised_at = created_at,
            times_raised = 1,
            escalate_from = now(),
            escalation_step = 0
        """
    )
    op.execute(
        """
        update alert set kind = case kind
            when 'two_misses' then 'misses_in_row'
            when 'seven_misses' then 'misses_in_all'
            else kind end
        """
    )
    op.execute(
        """
        update alert set
            state = case when acknowledged_at is null then 'open' else 'closed' end,
            closed_at = acknowledged_at,
            closed_by = acknowledged_by,
            closed_why = case
                when acknowledged_at is null then null
                when action_taken = '治疗已结束。' then 'source_ended'
                else 'handled' end,
            handled_at = case when action_taken = '治疗已结束。' then null else acknowledged_at end,
            handled_by = case when action_taken = '治疗已结束。' then null else acknowledged_by end,
            escalate_at = case
                when acknowledged_at is not null then null
                when severity = 'severe' then now() + interval '15 minutes'
                else now() + interval '1 day' end
        """
    )


def _require() -> None:
    for column in (
        *("source", "episode", "severity", "level", "state", "raised_at", "times_raised"),
        *("escalate_from", "escalation_step"),
    ):
        op.alter_column("alert", column, nullable=False)
    for column in STAFF:
        op.create_foreign_key(
            op.f(f"fk_alert_{column}_staff_member"),
            "alert",
            "staff_member",
            [column],
            ["id"],
            ondelete="RESTRICT",
        )
    op.create_unique_constraint(
        op.f("uq_alert_patient_id_kind_episode"), "alert", ["patient_id", "kind", "episode"]
    )


def _add_indexes() -> None:
    for name, columns, where in (
        (
            "ix_alert_team_waiting",
            ["team_id", "raised_at", "id"],
            "state in ('open', 'seen')",
        ),
        ("ix_alert_team_handled", ["team_id", "handled_at", "id"], "handled_at is not null"),
        ("ix_alert_handled_at", ["handled_at"], "state = 'handled'"),
        ("ix_alert_escalate_at", ["escalate_at", "id"], "escalate_at is not null"),
        ("ix_alert_subject_id", ["subject_id"], "subject_id is not null"),
    ):
        op.create_index(name, "alert", columns, postgresql_where=sa.text(where))
    op.create_index("ix_alert_patient_id_raised_at", "alert", ["patient_id", "raised_at"])


def _add_history() -> None:
    op.create_table(
        "alert_event",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("alerteventkind", EVENT), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_event_alert_id_alert"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_alert_event_staff_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )  # fmt: skip
    op.create_index("ix_alert_event_alert_id_created_at", "alert_event", ["alert_id", "created_at"])
    op.execute(
        """
        insert into alert_event (id, created_at, alert_id, kind, detail)
        select gen_random_uuid(), raised_at, id, 'raised',
            jsonb_build_object('severity', severity, 'level', level)
        from alert
        """
    )
    op.execute(
        """
        insert into alert_event (id, created_at, alert_id, kind, staff_id, note)
        select gen_random_uuid(), closed_at, id,
            case closed_why when 'handled' then 'handled' else 'closed' end, closed_by, action_taken
        from alert where closed_at is not null
        """
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
