"""Gather the rows of all stories and write them in bulk, in the order of their foreign keys."""

from collections import defaultdict
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from app.core.db import Base
from app.media.models import MediaObject
from app.medication.models import (
    Dose,
    DoseReport,
    Recording,
    Review,
    ReviewWithdrawal,
    SideEffectReport,
)

BATCH = 1000
ORDER: tuple[type[Base], ...] = (
    MediaObject,
    Recording,
    DoseReport,
    SideEffectReport,
    Review,
    ReviewWithdrawal,
    AuditEvent,
)


class Ledger:
    """Rows by table; a dose is only changed: the services have laid it out."""

    def __init__(self) -> None:
        self.rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self.doses: dict[UUID, dict[str, Any]] = defaultdict(dict)

    def add(self, table: type[Base], **columns: Any) -> None:
        self.rows[table].append(columns)

    def change_dose(self, dose_id: UUID, **columns: Any) -> None:
        self.doses[dose_id].update(columns)

    async def write(self, session: AsyncSession) -> None:
        for table in ORDER:
            rows = self.rows[table]
            for start in range(0, len(rows), BATCH):
                await session.execute(insert(table), rows[start : start + BATCH])
        await self._change_doses(session)

    async def _change_doses(self, session: AsyncSession) -> None:
        """One statement for each set of columns that changed together."""
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for dose_id, columns in self.doses.items():
            parameters = {f"new_{name}": value for name, value in columns.items()}
            by_columns[tuple(sorted(columns))].append(parameters | {"dose_id": dose_id})
        table = cast("Table", Dose.__table__)
        for names, group in by_columns.items():
            statement = (
                update(table)
                .where(table.c.id == bindparam("dose_id"))
                .values({name: bindparam(f"new_{name}") for name in names})
            )
            connection = await session.connection()
            await connection.execute(statement, group)
