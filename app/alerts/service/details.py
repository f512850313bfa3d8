"""What an alert says of its matter, brought up to date without a new alarm."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, String, Uuid, cast, column, select, update, values
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import WAITING, Alert
from app.alerts.service.raising import News
from app.core.db import for_update


async def bring_details(session: AsyncSession, news: Iterable[News]) -> None:
    """Write the present detail of this news into alerts that wait, whatever their level.

    Neither state nor clock changes, and no line is added to the history: six in a row is the alert
    of four in a row, two days later. Of a record that was joined to another the caller says so by
    the news of the other.
    """
    found = [
        (one.patient_id, one.kind.code, one.episode, one.detail)
        for one in {one.key: one for one in news}.values()
        if one.detail is not None
    ]
    if not found:
        return
    told = values(
        column("patient_id", Uuid), column("kind", String), column("episode", String),
        column("detail", JSON), name="told",
    ).data(found)  # fmt: skip
    detail = cast(told.c.detail, JSONB)
    same: list[Any] = [getattr(Alert, n) == told.c[n] for n in ("patient_id", "kind", "episode")]
    changed = Alert.detail.is_distinct_from(detail)
    stale = (
        select(Alert.id)
        .join(told, same[0] & same[1] & same[2])
        .where(Alert.state.in_(WAITING), changed)
        .order_by(Alert.patient_id, Alert.kind, Alert.episode)
    )
    ids = list(await session.scalars(for_update(stale, of=[Alert])))
    if ids:
        await session.execute(
            update(Alert)
            .where(Alert.id.in_(ids), *same)
            .values(detail=detail)
            .execution_options(synchronize_session=False)
        )
