"""What staff and phones do to a patient's record, as the audit trail names it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.feature import AuditAction
from app.patients.models import Patient

READ_RECORD = AuditAction("read_record", "查看档案", shown=True)
LIST_PATIENTS = AuditAction("list_patients", "查看患者列表")
CHANGE_RECORD = AuditAction("change_record", "修改档案")
ISSUE_BINDING_CODE = AuditAction("issue_binding_code", "生成绑定码")
EXPORT = AuditAction("export", "导出数据")
CLOSE_ACCOUNT = AuditAction("close_account", "注销账号")
BIND = AuditAction("bind", "绑定手机")
UNBIND = AuditAction("unbind", "解除绑定")

ACTIONS = (
    READ_RECORD,
    LIST_PATIENTS,
    CHANGE_RECORD,
    ISSUE_BINDING_CODE,
    EXPORT,
    CLOSE_ACCOUNT,
    BIND,
    UNBIND,
)


def read_record(session: AsyncSession, actor: StaffActor, patient: Patient) -> None:
    """For every page that shows a record: the patient reads who looked."""
    audit.record(session, actor, READ_RECORD, patient_id=patient.id)


def changed_record(session: AsyncSession, actor: StaffActor, patient: Patient) -> None:
    """For every act that changes what a record says."""
    audit.record(session, actor, CHANGE_RECORD, patient_id=patient.id)
