"""What is usually done about an alert; a click fills the field, which stays free text."""

USUAL_ACTIONS = (
    "已打电话，督促按时服药",
    "已上门看望",
    "请患者到院检查",
    "已联系家属",
    "已暂停服药",
    "打不通电话，请村医上门",
)
