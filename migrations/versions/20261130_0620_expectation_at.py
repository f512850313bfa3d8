"""Since when a dose is not expected any more; when a patient's word was said.

Older changes have no time. What forgets to say when it changed an expectation is written down by
the database's clock.
"""

from alembic import op

revision = "expectation_at"
down_revision = "dose_missed_index"

NOTE = """
create or replace function note_dose_expectation() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.expectation_at := new.created_at;
  elsif new.expectation = 'expected' then
    new.expectation_at := null;
  else
    new.expectation_at := now();
  end if;
  return new;
end $$
"""
WHEN = (
    "new.expectation is distinct from old.expectation"
    " and new.expectation_at is not distinct from old.expectation_at"
)


def upgrade() -> None:
    op.execute("alter table dose add column if not exists expectation_at timestamptz")
    op.execute("alter table dose_report add column if not exists said_at timestamptz")
    op.execute(NOTE)
    op.execute(
        "create or replace trigger dose_expectation before update on dose for each row"
        f" when ({WHEN}) execute function note_dose_expectation()"
    )
    op.execute(
        "create or replace trigger dose_expectation_laid before insert on dose for each row"
        " when (new.expectation <> 'expected' and new.expectation_at is null)"
        " execute function note_dose_expectation()"
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
