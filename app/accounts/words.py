"""What pages call the things of accounts, and the trail the parts of a detail."""

from collections.abc import Mapping
from typing import Any

from app.core.words import Words

DETAIL = "audit_detail"
ROLES = {
    "doctor": "医生",
    "supervisor": "督导",
    "operator": "管理员",
    "records_clerk": "病案录入员",
}
WORDS = Words(
    words={
        "role": ROLES,
        DETAIL: {
            "code": "变更",
            "before": "之前",
            "after": "之后",
            "fields": "改了哪些项",
            "purpose": "用途",
            "parts": "清除的分区",
            "kept_months": "保留月数",
            "scan_id": "扫码",
            "same_network": "与电脑同一网络",
            "by_owner": "本人取消",
            "password_changed": "修改密码时取消",
            "wechat_closed": "微信账号注销",
            "True": "是",
            "False": "否",
            "created": "新建",
            "changed": "修改",
            "renamed": "改名",
            "closed": "关闭",
            "reopened": "重新开放",
            "moved": "调动",
            "merged": "合并",
            "ended": "提前结束",
            "cancelled": "取消",
            "name": "姓名",
            "phone": "电话",
            **ROLES,
        },
    }
)


def said_of(words: Mapping[str, str], detail: Mapping[str, Any] | None) -> str:
    """Put a detail of the trail into words: "变更：改名；之前：…"; ids and days stay."""
    return "；".join(f"{words.get(k, k)}：{_value(words, v)}" for k, v in (detail or {}).items())


def _value(words: Mapping[str, str], value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_value(words, one) for one in value) or "无"
    return "无" if value is None else words.get(str(value), str(value))
