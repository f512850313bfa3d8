"""Phone numbers: a code of the phone button becomes the number behind it."""

import secrets

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from scripts.wechat_standin.login import CODE_LIFETIME_S
from scripts.wechat_standin.server import Refused, Standin, json_body
from scripts.wechat_standin.state import PhoneCode, openid_of
from scripts.wechat_standin.tokens import require_token

HOME_COUNTRY = "86"


def mint_phone_code(standin: Standin, user: str, phone: str) -> str:
    code = secrets.token_hex(32)
    expires_at = standin.now() + CODE_LIFETIME_S
    standin.state.phone_codes[code] = PhoneCode(user=user, phone=phone, expires_at=expires_at)
    standin.save()
    return code


async def user_phone_number(standin: Standin, request: Request) -> Response:
    require_token(standin, request)
    body = await json_body(request)
    code = _take_code(standin, str(body.get("code", "")), body.get("openid"))
    watermark = {"timestamp": int(standin.now()), "appid": standin.config.appid}
    phone_info = {**_spellings(code.phone), "watermark": watermark}
    return JSONResponse({"errcode": 0, "errmsg": "ok", "phone_info": phone_info})


def _take_code(standin: Standin, given: str, openid: str | None) -> PhoneCode:
    code = standin.state.phone_codes.get(given)
    if code is None or code.is_used or code.expires_at <= standin.now():
        raise Refused(40029, "invalid code")
    if openid and openid != openid_of(code.user):
        raise Refused(40029, "invalid code")  # which errcode the real one has is not documented
    code.is_used = True
    return code


def _spellings(phone: str) -> dict[str, str]:
    """Foreign numbers are given as +852-51234567."""
    country, _, pure = phone.removeprefix("+").partition("-")
    if not pure:
        country, pure = HOME_COUNTRY, phone
    number = pure if country == HOME_COUNTRY else f"+{country}{pure}"
    return {"phoneNumber": number, "purePhoneNumber": pure, "countryCode": country}
