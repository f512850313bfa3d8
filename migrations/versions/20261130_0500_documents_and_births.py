"""Passports and other documents, births known by year; a version of the search keys.

Old rows keep the keys of before: `python -m app.release` makes them anew after it has migrated.
"""

import sqlalchemy as sa
from alembic import op

revision = "documents_and_births"
down_revision = "subtree_figures"

CHECKS = {
    "birthprecision": "birth_precision in ('day', 'year')",
    "documentkind": "document_kind in ('resident_id', 'passport', 'other')",
    "birth_on": "birth_precision = 'day' or"
    " (extract(month from birth_on) = 1 and extract(day from birth_on) = 1)",
}


def upgrade() -> None:
    op.add_column(
        "patient",
        sa.Column("document_kind", sa.String(40), server_default="resident_id", nullable=False),
    )
    op.add_column(
        "patient", sa.Column("birth_precision", sa.String(40), server_default="day", nullable=False)
    )
    op.add_column(
        "patient",
        sa.Column("keys_version", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_patient_{name}"), "patient", rule)


def downgrade() -> None:
    raise NotImplementedError("forward only")
