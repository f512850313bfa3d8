"""A severe symptom holds whole treatments without an end, until a clinician decides.

Doses that were stopped one by one become such holds of their running treatments; their days from
the dose on are held with them. Of a treatment that has ended nothing is held: its stop is lifted.
"""

import sqlalchemy as sa
from alembic import op

revision = "severe_stop"
down_revision = "expectation_at"

STOPPED = """
insert into dose_hold (id, created_at, treatment_id, from_on, reason, answer_id)
select distinct on (dose.treatment_id)
       gen_random_uuid(), dose.severe_at, dose.treatment_id,
       min(dose.due_on) over (partition by dose.treatment_id), '报告了严重不适', answer.id
from dose
join treatment on treatment.id = dose.treatment_id and treatment.stopped_on is null
join lateral (
    select id from side_effect_report
    where side_effect_report.dose_id = dose.id
    order by side_effect_report.severe desc, created_at limit 1
) answer on true
where dose.severe_at is not null
order by dose.treatment_id, dose.severe_at, dose.id
"""
HELD = """
update dose set expectation = 'held', severe_at = hold.created_at
from dose_hold hold
where hold.treatment_id = dose.treatment_id and hold.held_by is null
  and dose.due_on >= hold.from_on and dose.expectation in ('expected', 'held')
  and dose.evidence = 'none' and dose.progress = 'none'
"""
LIFTED = """
update dose set severe_at = null
where severe_at is not null and not exists (
    select from dose_hold hold
    where hold.treatment_id = dose.treatment_id and hold.held_by is null
      and dose.due_on >= hold.from_on
)
"""
DECIDED_BY = """
update alert set ends_by = '/severe' where kind = 'severe_side_effect' and source = 'medication'
"""


def upgrade() -> None:
    op.alter_column("dose_hold", "to_on", existing_type=sa.Date(), nullable=True)
    op.alter_column("dose_hold", "held_by", existing_type=sa.Uuid(), nullable=True)
    op.add_column(
        "dose_hold",
        sa.Column(
            "answer_id", sa.Uuid(), sa.ForeignKey("side_effect_report.id", ondelete="RESTRICT")
        ),
    )
    op.create_check_constraint(
        op.f("ck_dose_hold_undecided_has_answer"),
        "dose_hold",
        "(held_by is null) = (to_on is null) and (held_by is not null or answer_id is not null)",
    )
    op.create_index(
        "uq_dose_hold_undecided",
        "dose_hold",
        ["treatment_id"],
        unique=True,
        postgresql_where=sa.text("held_by is null"),
    )
    op.add_column("alert", sa.Column("ends_by", sa.Text()))
    op.execute(STOPPED)
    op.execute(HELD)
    op.execute(LIFTED)
    op.execute(DECIDED_BY)


def downgrade() -> None:
    raise NotImplementedError("forward only")
