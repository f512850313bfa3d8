"""What alerts put into the inboxes of staff; titles name neither a person nor a disease."""

from app.core.feature import NoticeKind

RAISED = NoticeKind("alert_raised", "有一条紧急提醒，请马上查看")
CALL_NOW = NoticeKind("alert_call_now", "有一条紧急提醒没有人看，请立即拨打值班电话")
ESCALATED = NoticeKind("alert_escalated", "有一条提醒超过时限没有处理")
HANDED_OVER = NoticeKind("alert_handed_over", "同事转交给您一条提醒")

NOTICES = (RAISED, CALL_NOW, ESCALATED, HANDED_OVER)
