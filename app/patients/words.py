"""What pages call the things of patients."""

from app.core.words import Mark, Words

SEXES = {"male": "男", "female": "女"}

WORDS = Words(
    words={
        "sex": SEXES,
        "condition": {"tuberculosis": "结核病", "hypertension": "高血压", "diabetes": "糖尿病"},
    },
    marks={
        "binding": {
            "bound": Mark("check", "已绑定", "ok"),
            "unbound": Mark("minus", "未绑定", "held"),
            "closed": Mark("cross", "已注销", "held"),
        },
    },
)
