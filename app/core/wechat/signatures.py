"""Decryption with a user's session_key."""

from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from wechatpy.crypto import WeChatWxaCrypto
from wechatpy.exceptions import WeChatException

from app.core.clock import now

WATERMARK_AGE = timedelta(minutes=10)


class UserDataError(ValueError):
    """Stale session_key, another app's data, or a replay: fetch it anew after wx.login."""


def decrypt_user_data(
    session_key: SecretStr, iv: str, encrypted_data: str, appid: str
) -> dict[str, Any]:
    """Open what wx.getWeRunData and its like hand over; check appid and age of the watermark."""
    try:
        crypto = WeChatWxaCrypto(session_key.get_secret_value(), iv, appid)
        data: dict[str, Any] = crypto.decrypt_message(encrypted_data)
        age_s = abs(now().timestamp() - int(data["watermark"]["timestamp"]))
    except (WeChatException, ValueError, LookupError, TypeError, AttributeError):
        raise UserDataError("unreadable") from None
    if age_s > WATERMARK_AGE.total_seconds():
        raise UserDataError("too old")
    return data
