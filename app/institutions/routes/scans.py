"""The doctor's own phone says yes to the code on a PC screen."""

from fastapi import APIRouter

from app.accounts.access import PatientActor
from app.accounts.service import scans
from app.core.db import Session
from app.institutions.queries.teams import staff_name
from app.institutions.schemas.staff import StaffScanRead

router = APIRouter(prefix="/api/staff-scans", tags=["staff scans"])


@router.get("/{code}")
async def read_staff_scan(code: str, actor: PatientActor, session: Session) -> StaffScanRead:
    scan = await scans.get_waiting(session, code)
    account = await scans.account_behind(session, scan, actor.account_id)
    name = await staff_name(session, account.id)
    return StaffScanRead(kind=scan.purpose, staff_name=name)


@router.post("/{code}/confirm", status_code=204)
async def confirm_staff_scan(code: str, actor: PatientActor, session: Session) -> None:
    await scans.confirm(session, actor.account_id, code)
