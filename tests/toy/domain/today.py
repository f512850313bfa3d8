"""What the toy puts on 今日."""

from datetime import date, datetime

from app.toy.queries import ENOUGH, cups_on
from app.toy.schemas import CupsItem
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ranks import Rank
from app.core.refs import RefRead
from app.core.storage import Storage
from app.patients.loaders import OwnRecord


async def items(
    session: AsyncSession, record: OwnRecord, on: date, _at: datetime, _storage: Storage
) -> list[CupsItem]:
    row = await cups_on(session, record.patient.id, on)
    if row is None:
        return []
    return [
        CupsItem(
            kind="toy_cups",
            ref=RefRead(feature="toy", kind="cups", id=row.id),
            rank=Rank.DONE if row.cups >= ENOUGH else Rank.NOW,
            due_at=row.drunk_at,
            revision=row.revision,
            cups=row.cups,
        )
    ]
