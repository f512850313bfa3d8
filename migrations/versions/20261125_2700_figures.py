"""Figures of teams by day and period, and marks on days whose facts change after they were counted.

Past teams begin empty: a patient who moved before is counted with the present team. The figures
are filled by the job `medication.roll_up`, team by team, the first time it runs.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "figures"
down_revision = "request_windows"

ADHERENCE = ("closed", "observed", "verified", "reported", "unreviewed")
FILMS = ("received", "due", "in_time")
LISTS = ("sending", "watched", "taken", "verdicts", "pairs")
STANDING = ("patients", "under_6", "under_12", "under_24", "under_48", "older", "second")


def _team() -> sa.Column[object]:
    return sa.Column(
        "team_id", sa.Uuid(), sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )


def _on() -> sa.Column[object]:
    return sa.Column("on", sa.Date(), primary_key=True)


def _days() -> sa.Column[object]:
    return sa.Column("days", sa.SmallInteger(), primary_key=True)


def _counts(names: tuple[str, ...]) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _lists(of: type[sa.Integer]) -> list[sa.Column[object]]:
    return [sa.Column(name, postgresql.ARRAY(of()), nullable=False) for name in LISTS]


def upgrade() -> None:
    op.create_table(
        "past_team",
        sa.Column(
            "patient_id",
            sa.Uuid(),
            sa.ForeignKey("patient.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("until_on", sa.Date(), primary_key=True, index=True),
        sa.Column(
            "team_id",
            sa.Uuid(),
            sa.ForeignKey("team.id", ondelete="RESTRICT"),
            nullable=False,
            index=True,
        ),
    )
    _add_figures()
    _add_lists()
    for name in ("mark_dose", "mark_recording"):
        op.execute(FUNCTIONS[name])
    for name, (table, event, function, when) in TRIGGERS.items():
        op.execute(
            f"create trigger {name} after {event} on {table} for each row"
            f" when ({when}) execute function {function}_figures()"
        )


def _add_figures() -> None:
    op.create_table("adherence_day", _team(), _on(), *_counts((*ADHERENCE, "missed")))
    op.create_table("review_day", _team(), _on(), *_counts(FILMS), *_lists(sa.SmallInteger))
    op.create_index(
        "ix_review_day_counts", "review_day", ["team_id", "on"], postgresql_include=[*FILMS]
    )
    op.create_table(
        "team_figures", _team(), _days(), *_counts((*ADHERENCE, *FILMS)), *_lists(sa.Integer)
    )
    op.create_table(
        "team_standing",
        _team(),
        *_counts(STANDING),
        sa.Column("closed_until", sa.DateTime(timezone=True)),
        sa.Column("as_of", sa.DateTime(timezone=True)),
    )


def _add_lists() -> None:
    op.create_table(
        "slipping_patient",
        sa.Column(
            "patient_id",
            sa.Uuid(),
            sa.ForeignKey("patient.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        _days(),
        sa.Column(
            "team_id", sa.Uuid(), sa.ForeignKey("team.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("at_best", sa.Numeric(5, 4), nullable=False),
        *_counts(("closed", "observed", "unreviewed", "in_row", "unread")),
        sa.Column("last_kept_at", sa.DateTime(timezone=True)),
        sa.Index("ix_slipping_patient_order", "team_id", "days", "rank", "at_best", "patient_id"),
    )
    op.create_table(
        "figure_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Index("ix_figure_mark_team_id", "team_id"),
    )


# A window that is about to close is taken for closed: a change may commit after it was counted.
CLOSED = "{row}.closes_at <= now() + interval '1 hour'"
FACTS = (
    "patient_id", "due_on", "closes_at", "expectation", "evidence", "verdict", "progress",
    "self_reported_taken",
)  # fmt: skip
# A film of the last 23 hours is looked at by every run of the job.
OLD = "now() - interval '23 hours'"
CLINIC_DAY = "({at} at time zone 'Asia/Shanghai')::date"


def _row(row: str, names: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"{row}.{name}" for name in names) + ")"


FUNCTIONS = {
    # The team of the patient on that day, as app/patients/queries/past_teams.py has it.
    "mark_dose": """
create function mark_dose_figures() returns trigger language plpgsql as $$
declare changed dose;
begin
  foreach changed in array case tg_op when 'INSERT' then array[new] when 'DELETE' then array[old]
                           else array[old, new] end loop
    insert into figure_mark (team_id, "on")
    select coalesce((select t.team_id from past_team t
                     where t.patient_id = p.id and t.until_on >= changed.due_on
                     order by t.until_on limit 1), p.team_id), changed.due_on
    from patient p where p.id = changed.patient_id;
  end loop;
  return null;
end $$
""",
    "mark_recording": f"""
create function mark_recording_figures() returns trigger language plpgsql as $$
declare changed recording;
begin
  foreach changed in array case tg_op when 'INSERT' then array[new] else array[old, new] end loop
    insert into figure_mark (team_id, "on")
    select distinct changed.team_id, {CLINIC_DAY.format(at="at")}
    from unnest(array[changed.uploaded_at, changed.first_reviewed_at]) at where at is not null;
  end loop;
  return null;
end $$
""",  # noqa: S608 names written above
}
# Table, event, function, and when it is called.
TRIGGERS = {
    "dose_figures_inserted": ("dose", "insert", "mark_dose", CLOSED.format(row="new")),
    "dose_figures_deleted": ("dose", "delete", "mark_dose", CLOSED.format(row="old")),
    "dose_figures_changed": (
        "dose",
        "update",
        "mark_dose",
        f"""({CLOSED.format(row="old")} or {CLOSED.format(row="new")})
        and {_row("old", FACTS)} is distinct from {_row("new", FACTS)}""",
    ),
    "recording_figures_inserted": (
        "recording",
        "insert",
        "mark_recording",
        "new.ready_at is not null",
    ),
    "recording_figures_changed": (
        "recording",
        "update",
        "mark_recording",
        f"""old.team_id is distinct from new.team_id
        or new.uploaded_at < {OLD} and old.ready_at is distinct from new.ready_at
        or old.first_reviewed_at < {OLD}
           and (old.first_reviewed_at, old.pending_reading)
               is distinct from (new.first_reviewed_at, new.pending_reading)
        or new.first_reviewed_at < {OLD}
           and old.first_reviewed_at is distinct from new.first_reviewed_at""",
    ),
}


def downgrade() -> None:
    raise NotImplementedError("forward only")
