"""Admin API: the audit trail of one patient. Only from this floor it is seen where they belong."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.queries import trail
from app.institutions.queries.trail import AuditRow
from app.institutions.schemas.records import AuditRead
from app.patients.loaders import OperatedPatientId

router = APIRouter(prefix="/api/admin/patients", tags=["admin"])


@router.get("/{patient_id}/audit", response_model=Page[AuditRead])
async def list_patient_audit(
    actor: OperatorActor,
    patient_id: OperatedPatientId,
    session: Session,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[AuditRow]:
    """List what staff of the subtree did to this record; its team lies in the subtree."""
    page = await trail.list_audit_of_patient(session, actor, patient_id, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}
