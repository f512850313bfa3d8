"""A dose's revision, raised by the table itself; who held the phone that entered a row.

Older rows get the account that had bound the patient's record when they were written, which the
used binding codes tell; without such a code it is unknown and stays null. The tables are walked in
batches outside a transaction, so every step may be run again after a break.
"""

import sqlalchemy as sa
from alembic import op

revision = "dose_revision"
down_revision = "notices"

BATCH = 5000
# Each table, how its patient is found, and which of its rows a phone wrote.
ENTERED = {
    "recording": ("r.patient_id", "true"),
    "side_effect_report": ("r.patient_id", "true"),
    "dose_report": ("(select patient_id from dose where id = r.dose_id)", "r.staff_id is null"),
}


def upgrade() -> None:
    _raise_revisions()
    for table in ENTERED:
        op.execute(
            f"alter table {table} add column if not exists by_account_id uuid"
            f" constraint fk_{table}_by_account_id_wechat_account"
            " references wechat_account (id) on delete restrict,"
            " add column if not exists relation varchar(40),"
            f" drop constraint if exists ck_{table}_relation,"
            f" add constraint ck_{table}_relation"
            " check (relation in ('self', 'guardian')) not valid"
        )
    with op.get_context().autocommit_block():
        for table in ENTERED:
            op.execute(f"alter table {table} validate constraint ck_{table}_relation")
            _fill(table)


def _raise_revisions() -> None:
    op.execute("alter table dose add column if not exists revision integer not null default 1")
    op.execute(
        "create or replace function raise_dose_revision() returns trigger language plpgsql as"
        " $$ begin new.revision := old.revision + 1; return new; end $$"
    )
    op.execute(
        "create or replace trigger dose_revision before update on dose for each row"
        " when (old.* is distinct from new.*) execute function raise_dose_revision()"
    )


def _fill(table: str) -> None:
    """Walk the table by id, a batch a transaction; the end is where no id is left."""
    patient, by_phone = ENTERED[table]
    fill = sa.text(
        f"with batch as (select id from {table} where id > cast(:after as uuid)"  # noqa: S608 names written above
        "  order by id limit :batch),"
        f" known as (select r.id, c.used_by from {table} r join batch using (id)"
        "  cross join lateral (select b.used_by from binding_code b"
        f"   where b.patient_id = {patient} and b.used_at <= r.created_at"
        f"   order by b.used_at desc limit 1) c where {by_phone}"
        "   and r.by_account_id is null and c.used_by is not null),"
        f" filled as (update {table} t set by_account_id = known.used_by, relation = 'self'"
        "  from known where t.id = known.id)"
        " select id from batch order by id desc limit 1"
    )
    bind, after = op.get_bind(), "00000000-0000-0000-0000-000000000000"
    while after is not None:
        after = bind.execute(fill, {"after": after, "batch": BATCH}).scalar()


def downgrade() -> None:
    raise NotImplementedError("forward only")
