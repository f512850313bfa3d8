"""What notifications put into inboxes themselves."""

from app.core.feature import NoticeKind

JOB_FAILED = NoticeKind("job_failed", "有后台任务多次失败，请查看")
