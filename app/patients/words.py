"""What pages call the things of patients."""

from app.core.words import Mark, Words
from app.patients.models import ContactKind, GuardianRelation, Relation

SEXES = {"male": "男", "female": "女"}
GUARDIAN_RELATIONS = {
    GuardianRelation.FATHER: "父亲",
    GuardianRelation.MOTHER: "母亲",
    GuardianRelation.GRANDPARENT: "祖父母或外祖父母",
    GuardianRelation.OTHER: "其他监护人",
}
RELATIONS = {Relation.SELF: "本人", Relation.GUARDIAN: "监护人"}
CONTACTS = {
    ContactKind.CALLED: Mark("call", "已打电话", "ok"),
    ContactKind.NO_ANSWER: Mark("cross", "没接通", "warn"),
    ContactKind.VISITED: Mark("person", "已上门", "ok"),
    ContactKind.NOTE: Mark("circle", "备注", "held"),
}

WORDS = Words(
    words={
        "sex": SEXES,
        "condition": {"tuberculosis": "结核病", "hypertension": "高血压", "diabetes": "糖尿病"},
        "guardian_relation": {r.value: word for r, word in GUARDIAN_RELATIONS.items()},
    },
    marks={
        "binding": {
            "bound": Mark("check", "已绑定", "ok"),
            "bound_guardian": Mark("check", "监护人已绑定", "ok"),
            "unbound": Mark("minus", "未绑定", "held"),
            "closed": Mark("cross", "已注销", "held"),
        },
        "contact": {kind.value: mark for kind, mark in CONTACTS.items()},
    },
)
