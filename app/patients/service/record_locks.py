"""What an act on a whole record locks first: the features' rows of it, then the record itself.

Whoever reports a dose holds the dose, and takes the patient's row for the flags afterwards. An act
that took the row first and then came to the doses would wait for them, and they for it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.assembly import Features


async def lock_rows_of(
    session: AsyncSession, features: Features, patient_ids: Sequence[UUID]
) -> None:
    """Before the patients' own rows; the top floor first, as each act begins there."""
    for feature in reversed(features.all):
        if feature.locks is not None:
            await feature.locks(session, patient_ids)
