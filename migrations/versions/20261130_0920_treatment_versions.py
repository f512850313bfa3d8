"""Treatments count their changes, an end may be corrected, a dose knows what cancelled it.

Until now only an end cancelled. Ended treatments are walked in batches outside a transaction, so
every step may be run again after a break.
"""

import sqlalchemy as sa
from alembic import op

from app.core.indexes import create_index_concurrently

revision = "treatment_versions"
down_revision = "figures_by_condition"

BATCH = 500
_FILL = sa.text(
    "with batch as (select id, stopped_on from treatment"
    "  where stopped_on is not null and id > cast(:after as uuid) order by id limit :batch),"
    " filled as (update dose set cancelled_by_stop = true from batch"
    "  where dose.treatment_id = batch.id and dose.due_on > batch.stopped_on"
    "  and dose.expectation = 'cancelled' and not dose.cancelled_by_stop)"
    " select id from batch order by id desc limit 1"
)


def upgrade() -> None:
    create_index_concurrently(
        "ix_treatment_stopped_on", "treatment", ["stopped_on"], where="stopped_on is not null"
    )
    op.execute("alter table treatment add column if not exists version integer not null default 1")
    op.execute(
        "alter table treatment_change add column if not exists version integer,"
        " add column if not exists corrects_id uuid"
        " constraint fk_treatment_change_corrects_id_treatment_change"
        " references treatment_change (id) on delete cascade"
    )
    op.execute(
        "create unique index if not exists uq_treatment_change_corrects_id"
        " on treatment_change (corrects_id) where corrects_id is not null"
    )
    op.execute(
        "alter table dose add column if not exists cancelled_by_stop boolean not null default false"
    )
    with op.get_context().autocommit_block():
        bind, after = op.get_bind(), "00000000-0000-0000-0000-000000000000"
        while after is not None:
            after = bind.execute(_FILL, {"after": after, "batch": BATCH}).scalar()


def downgrade() -> None:
    raise NotImplementedError("forward only")
