"""A row that cannot be written: what a bug, a full disk or a constraint does to one of many."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def poison(session: AsyncSession, table: str, when: str) -> None:
    """Let every change of such a row fail; `when` is a condition on `old`, or on `new`."""
    name = f"poison_{table}"
    events = "insert or update" if "new." in when else "update or delete"
    await session.execute(
        text(
            f"create or replace function {name}() returns trigger language plpgsql as"
            " $$ begin raise exception 'poisoned'; end $$"
        )
    )
    await session.execute(
        text(
            f"create trigger {name} before {events} on {table}"
            f" for each row when ({when}) execute function {name}()"
        )
    )
    await session.commit()
