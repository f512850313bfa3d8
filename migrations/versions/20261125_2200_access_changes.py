"""Changes that give an account reach wait for a second person; roles that exclude each other.

Renewed credentials lie beside the old ones until they are confirmed. An account that was both a
clinician's and an operator's keeps its clinical roles: its patients keep their doctor, and nobody
goes on as an operator who reads records. It needs an operator's account of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "access_changes"
down_revision = "stored_key_index"

KIND = (
    "created",
    "credentials",
    "activation",
    "roles",
    "title",
    "move",
    "membership",
    "absence",
    "team_merge",
    "institution_merge",
)
STATE = ("waiting", "confirmed", "refused", "cancelled")
CLINICAL = "array['doctor', 'supervisor']"


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.add_column("staff_account", sa.Column("next_password_hash", sa.Text(), nullable=True))
    op.add_column("staff_account", sa.Column("next_totp_secret", sa.Text(), nullable=True))
    op.add_column(
        "staff_account", sa.Column("next_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        """
        update staff_account set roles = array(
            select role from unnest(roles) role
            where role = any(array['doctor', 'supervisor']) order by role
        )
        where roles && array['doctor', 'supervisor']
            and not roles <@ array['doctor', 'supervisor']
        """
    )
    op.create_check_constraint(
        op.f("ck_staff_account_roles_fit"),
        "staff_account",
        f"roles <@ {CLINICAL} or roles = array['operator'] or roles = array['records_clerk']",
    )
    _add_table()


def _add_table() -> None:
    people = [
        sa.ForeignKeyConstraint(
            [column],
            [f"{table}.id"],
            name=op.f(f"fk_access_change_{column}_{table}"),
            ondelete="RESTRICT",
        )
        for column, table in (
            ("staff_id", "staff_member"),
            ("team_id", "team"),
            ("requested_by", "staff_member"),
            ("settled_by", "staff_member"),
        )
    ]
    op.create_table(
        "access_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", _enum("accesschangekind", KIND), nullable=False),
        sa.Column("state", _enum("accesschangestate", STATE), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("scope_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at is null)", name=op.f("ck_access_change_settled")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_change")),
        *people,
    )
    op.create_index(
        "ix_access_change_waiting",
        "access_change",
        ["created_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    for name, columns in (
        ("ix_access_change_staff_id_created_at", ["staff_id", "created_at"]),
        ("ix_access_change_requested_by_created_at", ["requested_by", "created_at"]),
        ("ix_access_change_created_at_id", ["created_at", "id"]),
    ):
        op.create_index(name, "access_change", columns)


def downgrade() -> None:
    raise NotImplementedError("forward only")
