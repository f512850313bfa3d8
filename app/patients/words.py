"""What pages call the things of patients."""

from app.core.words import Mark, Words
from app.patients.models import ContactKind, DocumentKind, GuardianRelation, RecordEnd, Relation

DOCUMENTS = {
    DocumentKind.RESIDENT_ID: "身份证",
    DocumentKind.PASSPORT: "护照",
    DocumentKind.OTHER: "其他证件",
}
SEXES = {"male": "男", "female": "女"}
GUARDIAN_RELATIONS = {
    GuardianRelation.FATHER: "父亲",
    GuardianRelation.MOTHER: "母亲",
    GuardianRelation.GRANDPARENT: "祖父母或外祖父母",
    GuardianRelation.OTHER: "其他监护人",
}
ENDS = {
    RecordEnd.DIED: "去世",
    RecordEnd.MOVED_AWAY: "迁出转走",
    RecordEnd.NOT_OURS: "不再由本团队管理",
    RecordEnd.MISTAKE: "重复或建错",
    RecordEnd.OTHER: "其他",
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
        "audit_detail": {
            "team_followed": "随团队合并转入",
            "team_id": "团队",
            "sex": "性别",
            "birth_on": "出生日期",
            "birth_precision": "出生日期的准确程度",
            "document_kind": "证件类型",
            "id_number": "证件号码",
            "weight_kg": "体重",
            "conditions": "病种",
            "guardian_name": "监护人姓名",
            "guardian_phone": "监护人电话",
            "guardian_relation": "监护人关系",
            "relation": "身份",
            "phones": "解除的手机",
            "self": "本人",
            "guardian": "监护人",
            "kind": "方式",
            "version": "档案第几次变更",
            "closed_on": "从哪一天起",
            "in_care": "在管",
            **{end.value: word for end, word in ENDS.items() if end is not RecordEnd.DIED},
            **{kind.value: mark.word for kind, mark in CONTACTS.items()},
        },
        "condition": {"tuberculosis": "结核病", "hypertension": "高血压", "diabetes": "糖尿病"},
        "record_end": {end.value: word for end, word in ENDS.items()},
        "document_kind": {kind.value: word for kind, word in DOCUMENTS.items()},
        "guardian_relation": {r.value: word for r, word in GUARDIAN_RELATIONS.items()},
    },
    marks={
        "binding": {
            "bound": Mark("check", "已绑定", "ok"),
            "bound_guardian": Mark("check", "监护人已绑定", "ok"),
            "unbound": Mark("minus", "未绑定", "held"),
            "closed": Mark("cross", "已注销", "held"),
            "ended": Mark("minus", "已结束建档", "held"),
        },
        "contact": {kind.value: mark for kind, mark in CONTACTS.items()},
    },
)
