"""What WeChat says in a push: messages and events, in JSON and in XML."""

import json
import secrets
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from scripts.wechat_standin.server import Standin
from scripts.wechat_standin.state import openid_of

TO = "gh_standin0000"  # the Mini Program's own account
FROM_WECHAT = "oWeChatPushingAccount0000000"  # who sends what no user did

Event = Literal[
    "message",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
    "user_authorization_revoke",
    "user_authorization_cancellation",
    "user_info_modified",
    "wxa_media_check",
    "wxa_punish_event",
    "debug_demo",
]
TEMPLATE = "standin-template-000000000000000000000000000"
# What each event carries beside the envelope; an order may overrule it by its `fields`.
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "subscribe_msg_popup_event": (
        "SubscribeMsgPopupEvent",
        {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0"},
    ),
    "subscribe_msg_change_event": (
        "SubscribeMsgChangeEvent",
        {"TemplateId": TEMPLATE, "SubscribeStatusString": "reject"},
    ),
    "subscribe_msg_sent_event": (
        "SubscribeMsgSentEvent",
        {
            "TemplateId": TEMPLATE,
            "MsgID": "1700827132819554304",
            "ErrorCode": "0",
            "ErrorStatus": "success",
        },
    ),
}
ABOUT_USER: dict[str, dict[str, Any]] = {
    "user_authorization_revoke": {"RevokeInfo": "14"},
    "user_authorization_cancellation": {},
    "user_info_modified": {},
}
OTHERS: dict[str, dict[str, Any]] = {
    "wxa_media_check": {
        "trace_id": "60ae120f-371d5872-4941a05b",
        "version": 2,
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": "pass", "label": 100},
        "detail": [
            {
                "strategy": "content_model",
                "errcode": 0,
                "suggest": "pass",
                "label": 100,
                "prob": 90,
            }
        ],
    },
    "wxa_punish_event": {
        "event_type": 1,
        "punish_id": "1",
        "illegal_reason": "测试",
        "detail": "{}",
    },
    "debug_demo": {"debug_str": "hello world"},
}


class PushOrder(BaseModel):
    """One push about `user`: how it looks, how often it comes, and what is wrong with it.

    `deliveries` is how often WeChat brings the same push; each is tried three times where the
    backend does not take it. `signed_ago_s` makes it old. `items` are for subscribe messages.
    """

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=64)
    event: Event
    format: Literal["json", "xml"] = "json"
    mode: Literal["plain", "compatible", "secure"] = "secure"
    deliveries: int = Field(1, ge=1, le=10)
    signed_ago_s: float = Field(0, ge=-86_400, le=864_000)
    forged: Literal["signature", "appid"] | None = None
    items: list[dict[str, str]] = Field(default_factory=list, max_length=5)
    fields: dict[str, Any] = Field(default_factory=dict)


def content_of(standin: Standin, order: PushOrder) -> dict[str, Any]:
    openid, event = openid_of(order.user), order.event
    envelope: dict[str, Any] = {
        "ToUserName": TO,
        "FromUserName": openid,
        "CreateTime": int(standin.now()),
    }
    if event == "message":
        message_id = str(secrets.randbits(62))
        own = {"MsgType": "text", "Content": "医生您好", "MsgId": message_id}
        return envelope | own | order.fields
    envelope |= {"MsgType": "event", "Event": event}
    if event in LISTS:
        usual = LISTS[event][1]
        return envelope | {"List": order.items or [usual]} | order.fields
    if event in ABOUT_USER:
        about = {"FromUserName": FROM_WECHAT, "OpenID": openid, "AppID": standin.config.appid}
        return envelope | about | ABOUT_USER[event] | order.fields
    return envelope | {"appid": standin.config.appid} | OTHERS[event] | order.fields


def write(content: dict[str, Any], event: str, form: str) -> str:
    """Leave a list alone in JSON, one object where it has one entry; XML wraps it."""
    if form == "json":
        items = content.get("List")
        alone = items[0] if isinstance(items, list) and len(items) == 1 else items
        return json.dumps(content | ({"List": alone} if items else {}), ensure_ascii=False)
    if "List" in content and event in LISTS:
        content = content | {LISTS[event][0]: {"List": content["List"]}}
        del content["List"]
    return xml_of("xml", content)


def xml_of(name: str, value: Any) -> str:
    match value:
        case list():
            return "".join(xml_of(name, one) for one in value)
        case dict():
            inner = "".join(xml_of(key, one) for key, one in value.items())
            return f"<{name}>{inner}</{name}>"
        case int():
            return f"<{name}>{value}</{name}>"
        case _:
            text = str(value).replace("]]>", "]]]]><![CDATA[>")
            return f"<{name}><![CDATA[{text}]]></{name}>"
