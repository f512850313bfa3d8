"""What staff do to doses and films, as the audit trail names it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.feature import AuditAction

VIEW_VIDEO = AuditAction("view_video", "观看视频", shown=True, subject="recording")
VIEW_STILLS = AuditAction("view_stills", "查看视频截图", shown=True, once_a_day=True)
CHANGE_TREATMENT = AuditAction("change_treatment", "变更治疗", subject="treatment")
CHANGE_TEMPLATE = AuditAction("change_template", "变更治疗模板")
CHANGE_GUIDE_VOICE = AuditAction("change_guide_voice", "变更拍摄时的语音")
CHANGE_DOSE = AuditAction("change_dose", "变更服药记录", subject="dose")
LIST_MISSING = AuditAction("list_missing", "在漏服名单里看到", shown=True, once_a_day=True)
LIST_ENDING = AuditAction("list_ending", "在疗程将满名单里看到", shown=True, once_a_day=True)
LIST_FELT = AuditAction("list_felt", "在不适名单里看到", shown=True, once_a_day=True)
LIST_LATE = AuditAction("list_late", "在待审视频名单里看到", shown=True, once_a_day=True)
LIST_SLIPPING = AuditAction("list_slipping", "在督导名单里看到", shown=True, once_a_day=True)

ACTIONS = (
    VIEW_VIDEO,
    VIEW_STILLS,
    CHANGE_TREATMENT,
    CHANGE_TEMPLATE,
    CHANGE_GUIDE_VOICE,
    CHANGE_DOSE,
    LIST_MISSING,
    LIST_ENDING,
    LIST_FELT,
    LIST_LATE,
    LIST_SLIPPING,
)


def viewed_stills(
    session: AsyncSession, actor: StaffActor, patient_id: UUID, recording_ids: Collection[UUID]
) -> None:
    """Note which films' frames a page showed; one without stills shows none."""
    if recording_ids:
        detail = {"recording_ids": [str(one) for one in recording_ids]}
        audit.record(session, actor, VIEW_STILLS, patient_id=patient_id, detail=detail)
