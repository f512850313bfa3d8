"""The order of what is due: one closed list of ranks, sorted alike on server and phone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.core.refs import RefRead

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Rank(StrEnum):
    """How pressing an item is, most pressing first.

    stop: something severe was felt, act on that first · now: it is due · later: due later today ·
    waiting: sent, and being checked · done: nothing is left to do today.
    """

    STOP = "stop"
    NOW = "now"
    LATER = "later"
    WAITING = "waiting"
    DONE = "done"


PLACES = {rank: place for place, rank in enumerate(Rank)}


class RankedItem(BaseModel):
    """One thing a patient sees among what is due; each feature adds its own fields and `kind`.

    `revision` grows with every change of what the item shows. `due_at` only orders the items.
    """

    ref: RefRead
    rank: Rank
    due_at: datetime
    revision: int


Item = TypeVar("Item", bound=RankedItem)


def by_clock(due_at: datetime, at: datetime) -> Rank:
    """Rank what is still to be done: now from its hour on, later before it."""
    return Rank.NOW if at >= due_at else Rank.LATER


def in_order(items: Iterable[Item]) -> list[Item]:
    """Sort by rank, hour and id, as the phone does: it knows an instant to the millisecond.

    Held to the phone's order by the cases of miniprogram/tests/today-order.json.
    """
    return sorted(items, key=_place)


def _place(item: RankedItem) -> tuple[int, int, UUID]:
    return PLACES[item.rank], (item.due_at - EPOCH) // MILLISECOND, item.ref.id
