"""Forget what was typed as a user name and is no account's: it may be a password.

The version before wrote it in clear. The rows stay, so that their address is counted on.
Whatever it writes until it is replaced is found by `accounts.forget` (see there).
"""

import sqlalchemy as sa
from alembic import op

revision = "typed_user_names"
down_revision = "scan_log_in"

FORGET = sa.text("""
    update login_attempt set username = '#' where id in (
        select a.id from login_attempt a
        where a.username not like '#%'
          and not exists (select 1 from staff_account s where s.username = a.username)
        limit 5000
    )
""")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        while op.get_bind().execute(FORGET).rowcount:
            pass


def downgrade() -> None:
    raise NotImplementedError("forward only")
