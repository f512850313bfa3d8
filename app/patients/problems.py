"""Refusals that several modules of patients raise."""

from app.core.problems import Moved, Problem


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


class RecordMerged(Moved):
    type, title, status = "record-merged", "这份档案已合并到另一份，已为您打开合并后的档案。", 409
