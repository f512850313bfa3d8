"""What operators change, as the audit trail names it; `detail.code` says which change."""

from app.core.feature import AuditAction

CHANGE_STAFF = AuditAction("change_staff", "变更人员")
CHANGE_INSTITUTION = AuditAction("change_institution", "变更机构")
CHANGE_TEAM = AuditAction("change_team", "变更团队")
CHANGE_CALENDAR = AuditAction("change_calendar", "变更工作日历")
CHANGE_ABSENCE = AuditAction("change_absence", "变更请假")
REQUEST_ACCESS = AuditAction("request_access", "申请变更账号权限")
CONFIRM_ACCESS = AuditAction("confirm_access", "确认账号权限变更")
REFUSE_ACCESS = AuditAction("refuse_access", "拒绝账号权限变更")
CANCEL_ACCESS = AuditAction("cancel_access", "撤回账号权限变更")
RETRY_JOB = AuditAction("retry_job", "重试后台任务")

ACTIONS = (
    RETRY_JOB,
    CHANGE_STAFF,
    CHANGE_INSTITUTION,
    CHANGE_TEAM,
    CHANGE_CALENDAR,
    CHANGE_ABSENCE,
    REQUEST_ACCESS,
    CONFIRM_ACCESS,
    REFUSE_ACCESS,
    CANCEL_ACCESS,
)
