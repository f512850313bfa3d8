"""What other rooms read of an alert that they point at."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert
from app.alerts.telling import address_of, alert_ref
from app.alerts.words import WORDS
from app.core.filters import moment
from app.core.refs import Described, Ref


async def describe(
    session: AsyncSession, patient_id: UUID, refs: Collection[Ref]
) -> dict[Ref, Described]:
    """Title, state and address of this patient's alerts; one statement."""
    ids = [r.id for r in refs if r.kind == "alert"]
    if not ids:
        return {}
    rows = await session.execute(
        select(Alert.id, Alert.raised_at, Alert.state).where(
            Alert.id.in_(ids), Alert.patient_id == patient_id
        )
    )
    states = WORDS.marks["alert_state"]
    return {
        alert_ref(alert_id): Described(
            f"{moment(raised_at)}的提醒", states[state].word, address_of(alert_id)
        )
        for alert_id, raised_at, state in rows
    }
