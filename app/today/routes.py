"""What is due for this patient now, composed of the features."""

from collections.abc import Sequence

from fastapi import APIRouter, Request

from app.core import clock
from app.core.db import Session
from app.core.ranks import RankedItem, in_order
from app.core.state import storage_of
from app.medication.rules import dose_day
from app.patients.loaders import OwnRecordOfPhone
from app.today.parts import PARTS, Part
from app.today.schemas import Today, today_read


def router_of(parts: Sequence[Part]) -> APIRouter:
    """Make the route for these features; the answer's type follows from theirs."""
    router = APIRouter(prefix="/api", tags=["today"])
    answer = today_read([part.item for part in parts])

    @router.get("/today", response_model=answer)
    async def read_today(request: Request, record: OwnRecordOfPhone, session: Session) -> Today:
        at, zone, storage = clock.now(), record.patient.zone, storage_of(request)
        on = dose_day(at, zone)
        items: list[RankedItem] = []
        for part in parts:
            items += await part.items(session, record, on, at, storage)
        return answer(on=on, zone=zone, now=at, items=in_order(items))

    return router


router = router_of(PARTS)
