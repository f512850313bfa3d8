"""What staff do to doses and films, as the audit trail names it."""

from app.core.feature import AuditAction

VIEW_VIDEO = AuditAction("view_video", "观看视频", shown=True, subject="recording")

ACTIONS = (VIEW_VIDEO,)
