"""What operators do to institutions and staff, as the audit trail names it."""

from app.core.feature import AuditAction

CHANGE_STAFF = AuditAction("change_staff", "变更人员")

ACTIONS = (CHANGE_STAFF,)
