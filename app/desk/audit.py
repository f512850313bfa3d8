"""What staff see on the desk, as the audit trail names it."""

from app.core.feature import AuditAction

LIST_ON_DESK = AuditAction("list_on_desk", "在工作台上看到", shown=True, once_a_day=True)

ACTIONS = (LIST_ON_DESK,)
