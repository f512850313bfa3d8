"""Bring names and phones that were written before to the normal forms of this version.

`python -m app.release` runs it, beside that of patients' records. They are few, so all are looked
at each time; what has its form already is not written.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select, update

from app.core.db import Sessionmaker
from app.core.normal_forms import clean_or_same, normalise_phone
from app.institutions.models import Institution, StaffMember, Team

BATCH = 500
FIRST = UUID(int=0)
Forms = dict[str, Callable[[str], str]]
NAME: Forms = {"name": clean_or_same}
WITH_PHONES: Forms = NAME | {"phone": normalise_phone, "on_call_phone": normalise_phone}
Table = type[Institution] | type[Team] | type[StaffMember]
TABLES: Sequence[tuple[Table, Forms]] = (
    (Institution, WITH_PHONES),
    (Team, WITH_PHONES),
    (StaffMember, NAME),
)


async def renew_names(sessions: Sessionmaker) -> int:
    """Return how many rows were written."""
    return sum([await _renew_table(sessions, table, forms) for table, forms in TABLES])


async def _renew_table(sessions: Sessionmaker, table: Table, forms: Forms) -> int:
    done, last_id = 0, FIRST
    columns = [getattr(table, name) for name in forms]
    statement = select(table.id, *columns).order_by(table.id).limit(BATCH)
    while True:
        async with sessions() as session:
            rows = (await session.execute(statement.where(table.id > last_id))).all()
        for row_id, *values in rows:
            old = dict(zip(forms, values, strict=True))
            new = {name: forms[name](value) for name, value in old.items() if value is not None}
            if changed := {name: value for name, value in new.items() if value != old[name]}:
                await _write(sessions, table, row_id, old, changed)
                done += 1
        if len(rows) < BATCH:
            return done
        last_id = rows[-1][0]


async def _write(
    sessions: Sessionmaker,
    table: Table,
    row_id: UUID,
    old: dict[str, str | None],
    changed: dict[str, str],
) -> None:
    """In a transaction of its own; what somebody changed meanwhile is in its form already."""
    unchanged = [getattr(table, name) == old[name] for name in changed]
    async with sessions.begin() as session:
        await session.execute(
            update(table)
            .where(table.id == row_id, *unchanged)
            .values(**changed)
            .execution_options(synchronize_session=False)
        )
