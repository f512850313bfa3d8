"""What medication puts on 今日: a card for each dose of the day."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ranks import Rank, RankedItem, by_clock
from app.core.refs import RefRead
from app.core.storage import Storage
from app.medication import cards
from app.medication.queries.described import dose_ref
from app.medication.queries.doses import CardRow, cards_between
from app.medication.rules import DoseState
from app.medication.schemas.doses import DoseCard
from app.patients.loaders import OwnRecord

CHECKED = frozenset({DoseState.PROCESSING, DoseState.PENDING_REVIEW})
NOT_ACCEPTED = frozenset({DoseState.REJECTED, DoseState.UNVERIFIABLE})
TO_DO = frozenset({DoseState.UPCOMING, DoseState.OPEN, DoseState.UPLOADING})
# As phone and doctor see it, these need nothing more, whatever was felt at the dose.
CLOSED = frozenset(DoseState) - CHECKED - NOT_ACCEPTED - TO_DO - {DoseState.SELF_REPORTED}


class DoseItem(RankedItem):
    kind: Literal["dose"]
    dose: DoseCard


def rank_of(card: DoseCard, at: datetime) -> Rank:
    """Rank a dose by its card alone: without signal the phone does the same with what it kept.

    What a severe symptom stopped is held, and yet the first thing to read.
    """
    is_stopped = card.severe and card.state is DoseState.HELD
    if card.state in CLOSED and not is_stopped:
        return Rank.DONE
    if card.severe:
        return Rank.STOP
    if card.state in CHECKED:
        return Rank.WAITING
    if card.state in NOT_ACCEPTED and card.can_film:
        return Rank.NOW
    return by_clock(card.due_at, at) if card.state in TO_DO else Rank.DONE


async def items(
    session: AsyncSession, record: OwnRecord, on: date, at: datetime, storage: Storage
) -> list[DoseItem]:
    """List the doses due on the day, in one statement."""
    rows = await cards_between(session, record.patient.id, on, on)
    return [_item(row, at, storage) for row in rows]


def _item(row: CardRow, at: datetime, storage: Storage) -> DoseItem:
    card = cards.card_of(row, at, storage)
    return DoseItem(
        kind="dose",
        ref=RefRead.model_validate(dose_ref(card.dose_id)),
        rank=rank_of(card, at),
        due_at=card.due_at,
        revision=card.revision,
        dose=card,
    )
