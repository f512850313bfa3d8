"""Refusals of alerts; each says to the person what to do."""

from app.core.problems import Problem


class AlertAlreadyHandled(Problem):
    """`by` names who was first, when it was a person."""

    type, status = "alert-already-handled", 409
    title = "这条提醒已经处理过了，请刷新后查看处理结果。"


class AlertRaisedAgain(Problem):
    type, status = "alert-raised-again", 409
    title = "情况刚刚加重，请先看最新的内容，再填写处理结果。"


class AlertNotHandled(Problem):
    type, status = "alert-not-handled", 409
    title = "这条提醒现在不能撤回，请刷新后再看。"


class AlertHandledByAnother(Problem):
    type, status = "alert-handled-by-another", 403
    title = "处理的人可以在 24 小时以内撤回，之后请督导来撤回。"


class CannotCloseSevere(Problem):
    type, status = "cannot-close-severe", 403
    title = "紧急提醒要由有权限的医生处理，请转交给他们。"


class EndsByAct(Problem):
    type, status = "alert-ends-by-act", 409
    title = "这条提醒要在处理页面上作出决定才会结束，请打开患者的处理页面。"


class AlertHandedOver(Problem):
    type, status = "alert-handed-over", 409
    title = "这条提醒刚刚由别的同事转交过了，请刷新后看现在在谁手里，再决定要不要转交。"


class HandOverOutOfReach(Problem):
    type, status = "hand-over-out-of-reach", 422
    title = "请从列表中选择一位能看到这位患者的同事。"


class AlertFormIncomplete(Problem):
    type, status = "alert-form-incomplete", 422
    title = "请写下做了什么，最多 300 个字。"
