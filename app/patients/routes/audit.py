"""Admin API: the audit trail of one patient. Only from this floor it is seen where they belong."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Page
from app.core.state import AppFeatures
from app.institutions.queries import trail
from app.institutions.schemas.records import AuditRead, in_words
from app.patients.loaders import OperatedPatientId

router = APIRouter(prefix="/api/admin/patients", tags=["admin"])


@router.get("/{patient_id}/audit")
async def list_patient_audit(
    features: AppFeatures,
    actor: OperatorActor,
    patient_id: OperatedPatientId,
    session: Session,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditRead]:
    """List what staff of the subtree did to this record; its team lies in the subtree."""
    page = await trail.list_audit_of_patient(session, actor, patient_id, cursor, limit)
    items = in_words(features.words.words, [row._asdict() for row in page.rows])
    return Page(items=items, next_cursor=page.next_cursor)
