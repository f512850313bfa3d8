"""The one client of WeChat's server API."""

from app.core.wechat.client import WeChat
from app.core.wechat.errors import (
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatFailed,
    WeChatMisconfigured,
    WeChatQuotaReached,
    WeChatTrouble,
    WeChatUserBlocked,
)
from app.core.wechat.pushes import (
    Push,
    PushForged,
    PushKeys,
    PushQuery,
    PushUnreadable,
    check_address,
    listed,
    open_push,
)
from app.core.wechat.replies import CodeImage, WeChatSession
from app.core.wechat.signatures import UserDataError, decrypt_user_data
from app.core.wechat.token_table import TokenTable, WechatToken
from app.core.wechat.tokens import HeldToken, Token, TokenStore

__all__ = [
    "CodeImage",
    "HeldToken",
    "Push",
    "PushForged",
    "PushKeys",
    "PushQuery",
    "PushUnreadable",
    "Token",
    "TokenStore",
    "TokenTable",
    "UserDataError",
    "WeChat",
    "WeChatBusy",
    "WeChatCodeInvalid",
    "WeChatFailed",
    "WeChatMisconfigured",
    "WeChatQuotaReached",
    "WeChatSession",
    "WeChatTrouble",
    "WeChatUserBlocked",
    "WechatToken",
    "check_address",
    "decrypt_user_data",
    "listed",
    "open_push",
]
