"""The doctor's own phone says yes to the code on a PC screen.

The code comes in the body: an address is kept in the logs of proxies.
"""

from fastapi import APIRouter, Request

from app.accounts.access import PatientActor, address_of
from app.accounts.limits import SCANS, by_phone
from app.accounts.models import ScanPurpose
from app.accounts.service import scans, sessions
from app.core.db import Session
from app.institutions.queries.teams import name_and_institution
from app.institutions.schemas.scans import (
    StaffScanConfirm,
    StaffScanConfirmed,
    StaffScanLookup,
    StaffScanRead,
)

router = APIRouter(prefix="/api/staff-scans", tags=["staff scans"])


@router.post("/lookup", dependencies=[by_phone(SCANS)])
async def look_up_staff_scan(
    request: Request, body: StaffScanLookup, actor: PatientActor, session: Session
) -> StaffScanRead:
    """Say what asks and from where, before anything is confirmed."""
    scan = await scans.get_waiting(session, body.code)
    account = await scans.account_behind(session, scan, actor.account_id)
    name, institution = await name_and_institution(session, account.id)
    return StaffScanRead(
        kind=scan.purpose,
        staff_name=name,
        institution_name=institution,
        device=scan.device,
        asked_at=scan.created_at,
        expires_at=scan.expires_at,
        same_network=scans.is_same_network(scan, address_of(request)),
        numbers=scan.numbers if scan.purpose is ScanPurpose.LOGIN else [],
    )


@router.post("/confirm", dependencies=[by_phone(SCANS)])
async def confirm_staff_scan(
    request: Request, body: StaffScanConfirm, actor: PatientActor, session: Session
) -> StaffScanConfirmed:
    phone = scans.Phone(
        actor.account_id,
        sessions.phone_name(request.headers.get("user-agent", "")),
        address_of(request),
        getattr(request.state, "request_id", None),
    )
    scan = await scans.confirm(session, phone, body.code, body.number)
    shown = scan.number if scan.purpose is ScanPurpose.LINK else None
    return StaffScanConfirmed(kind=scan.purpose, number=shown)
