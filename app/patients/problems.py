"""Refusals that several modules of patients raise."""

from app.core.problems import Problem


class NotBound(Problem):
    type, title, status = "not-bound", "这部手机还没有绑定，请扫医生给您的码。", 403


class ConsentRequired(Problem):
    type, title, status = "consent-required", "请先阅读并同意知情同意书。", 403
