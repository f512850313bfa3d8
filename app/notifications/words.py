"""What pages call the things of notifications."""

from app.core.words import Mark, Words

WORDS = Words(
    marks={
        "notice": {
            "unread": Mark("circle", "未读", "accent"),
            "read": Mark("check", "已读", "held"),
        }
    }
)
