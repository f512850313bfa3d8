"""The closed records of a team, few among many: the list of patients counts and shows them."""

from app.core.indexes import create_index_concurrently

revision = "closed_records"
down_revision = "typed_binding_codes"


def upgrade() -> None:
    create_index_concurrently(
        "ix_patient_closed",
        "patient",
        ["team_id", "created_at", "id"],
        where="closed_at is not null",
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
