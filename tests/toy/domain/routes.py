"""JSON edge of cups."""

from typing import Annotated, Any

from app.toy import queries, service
from app.toy.schemas import CupsCreate, CupsRead
from app.toy.words import ENTER
from fastapi import APIRouter

from app.core.db import Session
from app.core.idempotency import OncePerKey
from app.core.pagination import Cursor, Limit, Page
from app.patients.loaders import OwnPatient, OwnRecord, scoped

router = APIRouter(prefix="/api/toy", tags=["toy"])
Entering = Annotated[OwnRecord, scoped(ENTER.code)]


@router.get("/cups", response_model=Page[CupsRead])
async def list_cups(
    patient: OwnPatient, session: Session, cursor: Cursor = None, limit: Limit = 30
) -> Any:
    rows, more = await queries.list_cups(session, patient.id, cursor, limit)
    return {"items": rows, "next_cursor": more}


@router.post("/cups", status_code=201)
async def enter_cups(
    body: CupsCreate, record: Entering, once: OncePerKey, session: Session
) -> CupsRead:
    async def work() -> CupsRead:
        row = await service.enter_cups(session, record, body.cups)
        return CupsRead.model_validate(row)

    return await once.once(session, record.patient.id, CupsRead, work)
