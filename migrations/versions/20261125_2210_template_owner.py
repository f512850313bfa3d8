"""Treatment templates belong to an institution and an author; the standard ones to nobody."""

import sqlalchemy as sa
from alembic import op

revision = "template_owner"
down_revision = "access_changes"


def upgrade() -> None:
    for column, table in (("institution_id", "institution"), ("created_by", "staff_member")):
        op.add_column("treatment_template", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_treatment_template_{column}_{table}"),
            "treatment_template",
            table,
            [column],
            ["id"],
            ondelete="RESTRICT",
        )
    op.create_check_constraint(
        op.f("ck_treatment_template_has_author"),
        "treatment_template",
        "(institution_id is null) = (created_by is null)",
    )
    op.drop_constraint("uq_treatment_template_name", "treatment_template", type_="unique")
    op.create_index(
        "uq_treatment_template_name",
        "treatment_template",
        ["institution_id", "name"],
        unique=True,
        postgresql_where=sa.text("is_active"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
