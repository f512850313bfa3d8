"""Refusals that several modules of patients raise."""

from app.core.problems import FieldRefused, Moved, Problem


class NotBound(Problem):
    type, title, status = "not-bound", "这部手机还没有绑定，请扫医生给您的码。", 403


class ConsentRequired(Problem):
    type, title, status = "consent-required", "请先阅读并同意知情同意书。", 403


class ScopeNotGranted(Problem):
    type, title, status = (
        "scope-not-granted",
        "患者没有授权您查看或办理这一项，请先请患者授权。",
        403,
    )


class GuardianRequired(Problem):
    type, status = "guardian-required", 409
    title = "未满14岁，请先在档案里登记监护人，再由监护人绑定。"


class RecordChanged(Problem):
    type, title, status = "record-changed", "这份档案刚刚被别人改过，请核对后再保存。", 409


class RecordEnded(Problem):
    """Of a phone, whose team has closed the record; `/api/me/ending` says whom to call."""

    type, status = "record-ended", 403
    title = "这份档案已经结束，手机上不用再记录。有事请打电话告诉医生。"


class RecordIsClosed(Problem):
    type, status = "record-is-closed", 409
    title = "这份档案已经结束，请先恢复建档，再继续。"


class RecordIsOpen(Problem):
    type, title, status = "record-is-open", "这份档案没有结束，不用恢复，请刷新后再看。", 409


class LeftByHolder(Problem):
    type, status = "left-by-holder", 409
    title = "患者本人注销了账号、撤回了同意，只能由本人用新的绑定码重新绑定来恢复。"


class NotYoursToReopen(Problem):
    type, status = "not-yours-to-reopen", 403
    title = "结束建档的人可以在 24 小时以内恢复，之后请督导来恢复。"


class TeamOfRecordClosed(Problem):
    type, status = "team-of-record-closed", 409
    title = "照看的团队已经关闭，请先在“修改档案”里换一个团队，再恢复。"


class ClosedInFuture(FieldRefused):
    type, title, status = "closed-in-future", "日期不能晚于今天，请重新填写。", 422
    field = "closed_on"


class ClosedTooEarly(FieldRefused):
    type, status = "closed-too-early", 422
    title = "日期不能早于建档的那一天，也不能早于 90 天以前，请重新填写。"
    field = "closed_on"


class ClosingUnexplained(FieldRefused):
    type, title, status = "closing-unexplained", "选“其他”时请写明原因。", 422
    field = "note"


class RecordMerged(Moved):
    type, title, status = "record-merged", "这份档案已合并到另一份，已为您打开合并后的档案。", 409
