"""What staff do to alerts, as the audit trail names it."""

from app.core.feature import AuditAction

SEE_ALERT = AuditAction("see_alert", "标记提醒已看", subject="alert")
HANDLE_ALERT = AuditAction("handle_alert", "处理提醒", subject="alert")
HAND_OVER_ALERT = AuditAction("hand_over_alert", "转交提醒", subject="alert")
TAKE_BACK_ALERT = AuditAction("take_back_alert", "撤回提醒的处理", subject="alert")
LIST_ALERTS = AuditAction("list_alerts", "在提醒名单里看到", shown=True, once_a_day=True)

ACTIONS = (LIST_ALERTS, SEE_ALERT, HANDLE_ALERT, HAND_OVER_ALERT, TAKE_BACK_ALERT)
