"""Open vocabularies: audit actions and consent purposes are declared by the features in code.

A CHECK on the largest table would be rewritten, under a lock, with every feature.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "open_vocabularies"
down_revision = "recording_uploaded_index"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_event_auditaction"), "audit_event", type_="check")
    op.drop_constraint(op.f("ck_consent_consentpurpose"), "consent", type_="check")
    op.alter_column("audit_event", "action", type_=sa.Text())
    op.alter_column("consent", "purpose", type_=sa.Text())
    op.add_column("audit_event", sa.Column("detail", JSONB(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("forward only")
