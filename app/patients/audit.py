"""What staff and phones do to a patient's record, as the audit trail names it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.feature import AuditAction
from app.patients.models import Patient

READ_RECORD = AuditAction("read_record", "查看档案", shown=True)
LIST_PATIENTS = AuditAction("list_patients", "在患者名单里看到", shown=True, once_a_day=True)
SEARCH_PATIENTS = AuditAction("search_patients", "在搜索结果里看到", shown=True, once_a_day=True)
CHANGE_RECORD = AuditAction("change_record", "修改档案")
ISSUE_BINDING_CODE = AuditAction("issue_binding_code", "生成绑定码", shown=True)
EXPORT = AuditAction("export", "导出数据")
CLOSE_ACCOUNT = AuditAction("close_account", "注销账号")
CLOSE_RECORD = AuditAction("close_record", "结束建档")
REOPEN_RECORD = AuditAction("reopen_record", "恢复建档")
BIND = AuditAction("bind", "绑定手机")
UNBIND = AuditAction("unbind", "解除绑定")
# The child has turned 14 and bound a phone of its own, or the guardian on record has changed.
END_GUARDIAN_BINDING = AuditAction("end_guardian_binding", "监护人绑定结束")
LOG_CONTACT = AuditAction("log_contact", "登记联系")
# Somebody who does not reach this record entered its ID number into a form.
MET_ID_NUMBER = AuditAction("met_id_number", "在别处用您的身份证号建档", shown=True)
MERGE_RECORDS = AuditAction("merge_records", "合并档案")

ACTIONS = (
    READ_RECORD,
    LIST_PATIENTS,
    SEARCH_PATIENTS,
    CHANGE_RECORD,
    ISSUE_BINDING_CODE,
    EXPORT,
    CLOSE_ACCOUNT,
    CLOSE_RECORD,
    REOPEN_RECORD,
    BIND,
    UNBIND,
    END_GUARDIAN_BINDING,
    LOG_CONTACT,
    MET_ID_NUMBER,
    MERGE_RECORDS,
)


def read_record(session: AsyncSession, actor: StaffActor, patient: Patient) -> None:
    """For every page that shows a record: the patient reads who looked."""
    audit.record(session, actor, READ_RECORD, patient_id=patient.id)
