"""JSON edge of the inbox, for the phone."""

from fastapi import APIRouter

from app.core.db import Session
from app.core.pagination import Cursor, Limit
from app.core.refs import RefRead
from app.core.state import AppFeatures
from app.notifications import queries, service
from app.notifications.loaders import own_notice
from app.notifications.schemas import NoticeRead, NoticesRead, NoticesReadUntil
from app.patients.loaders import OwnPatient

router = APIRouter(prefix="/api/notices", tags=["notices"])


@router.get("")
async def list_notices(
    features: AppFeatures,
    patient: OwnPatient,
    session: Session,
    cursor: Cursor = None,
    limit: Limit = 30,
) -> NoticesRead:
    own = queries.of_patient(patient.id)
    inbox = await queries.list_notices(session, own, features.notices, cursor, limit)
    return NoticesRead(
        items=[_read(line) for line in inbox.lines],
        next_cursor=inbox.next_cursor,
        unread=await queries.count_unread(session, own, features.notices),
    )


def _read(line: queries.NoticeLine) -> NoticeRead:
    subject = RefRead.model_validate(line.subject) if line.subject else None
    return NoticeRead(
        notice_id=line.id,
        title=line.title,
        created_at=line.created_at,
        read_at=line.read_at,
        subject=subject,
    )


@router.post("/read", status_code=204)
async def read_notices(body: NoticesReadUntil, patient: OwnPatient, session: Session) -> None:
    own = queries.of_patient(patient.id)
    await service.read_until(session, own, await own_notice(session, own, body.until))
