"""What pages call the states of alerts."""

from app.core.words import Mark, Words

WORDS = Words(
    words={
        "audit_detail": {"open": "待处理", "seen": "已看", "handled": "已处理"},
        "alert_closed_why": {
            "handled": "已处理",
            "source_ended": "起因已结束",
            "corrected": "记录已更正",
            "merged": "档案已合并",
        },
        "alert_recipient": {
            "on_call": "值班电话",
            "supervisors": "本机构督导",
            "parent_supervisors": "上级机构督导",
        },
        "alert_event": {
            "raised": "发出提醒",
            "raised_again": "情况加重，再次提醒",
            "seen": "已看",
            "handed_over": "转交",
            "handled": "处理",
            "taken_back": "撤回处理",
            "escalated": "超时上报",
            "closed": "结束",
        },
    },
    marks={
        "alert_severity": {
            "notice": Mark("circle", "一般", "held"),
            "warning": Mark("alert", "注意", "warn"),
            "danger": Mark("alert", "危险", "danger"),
            "severe": Mark("alert", "紧急", "danger"),
        },
        "alert_state": {
            "open": Mark("clock", "未看", "wait"),
            "seen": Mark("eye", "已看", "accent"),
            "handled": Mark("check", "已处理", "ok"),
            "closed": Mark("minus", "已结束", "held"),
        },
    },
)
