"""Figures of doses by illness: days are made anew by the next roll-up, sums with them.

A worker of before this fails to roll up until it is replaced; what is shown stays as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "figures_by_condition"
down_revision = "corrections"

CONDITIONS = ("tuberculosis", "hypertension", "diabetes")
COUNTS = ("closed", "observed", "verified", "reported", "unreviewed")


def _condition(*, key: bool = False) -> sa.Column[object]:
    kind = sa.Enum(
        *CONDITIONS, name="condition", native_enum=False, create_constraint=True, length=40
    )
    return sa.Column("condition", kind, nullable=False, primary_key=key)


CLINIC_DAY = "(at at time zone 'Asia/Shanghai')::date"
# A film counts for the team of its day, as a dose does: app/medication/queries/rollups.py.
MARK_RECORDING = f"""
create or replace function mark_recording_figures() returns trigger language plpgsql as $$
declare changed recording;
begin
  foreach changed in array case tg_op when 'INSERT' then array[new] else array[old, new] end loop
    insert into figure_mark (team_id, "on")
    select distinct coalesce((select t.team_id from past_team t
                              where t.patient_id = changed.patient_id
                                and t.until_on >= {CLINIC_DAY}
                              order by t.until_on limit 1), changed.team_id), {CLINIC_DAY}
    from unnest(array[changed.uploaded_at, changed.first_reviewed_at]) at where at is not null;
  end loop;
  return null;
end $$
"""  # noqa: S608 names written above


def upgrade() -> None:
    op.execute(MARK_RECORDING)
    # Counted from other tables: the marks say which days are to be counted again.
    op.execute('insert into figure_mark (team_id, "on") select team_id, "on" from adherence_day')
    op.execute("delete from adherence_day")
    op.execute("delete from slipping_patient")
    op.execute("delete from subtree_figures")
    # Of a team of which it is not known how far it was rolled up, the lists are made anew, too.
    op.execute("update team_standing set closed_until = null")
    for table, key in (
        ("adherence_day", ["team_id", "on", "condition"]),
        ("slipping_patient", ["patient_id", "days", "condition"]),
    ):
        op.drop_constraint(f"pk_{table}", table)
        op.add_column(table, _condition())
        op.create_primary_key(f"pk_{table}", table, key)
    op.add_column("slipping_patient", sa.Column("is_worst", sa.Boolean(), nullable=False))
    op.add_column(
        "team_standing",
        sa.Column("closed_records", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "team_adherence",
        sa.Column(
            "team_id", sa.Uuid(), sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("days", sa.SmallInteger(), primary_key=True),
        _condition(key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
