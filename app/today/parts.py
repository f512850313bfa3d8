"""The features that put something on 今日: one line each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ranks import RankedItem
from app.core.storage import Storage
from app.medication import today as medication
from app.patients.loaders import OwnRecord

# (session, record, day of the patient, this moment, storage): one statement a feature.
Items = Callable[
    [AsyncSession, OwnRecord, date, datetime, Storage], Awaitable[Sequence[RankedItem]]
]


class Part(NamedTuple):
    """A feature's items, and their type: it has a field `kind` with one constant of its own."""

    item: type[RankedItem]
    items: Items


PARTS = (Part(medication.DoseItem, medication.items),)
