"""Login: one-use codes become an openid and a session_key, which can be checked and reset."""

import base64
import hashlib
import hmac
import secrets

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from scripts.wechat_standin.server import Refused, Standin
from scripts.wechat_standin.state import LoginCode, SessionKey, openid_of
from scripts.wechat_standin.tokens import check_appid_and_secret, require_token

CODE_LIFETIME_S = 300
KEY_SETTLED_S = 300  # a login sooner than this keeps the user's session_key


def mint_login_code(standin: Standin, user: str, rotate: bool) -> str:
    code = "0" + secrets.token_urlsafe(24)[:31]
    expires_at = standin.now() + CODE_LIFETIME_S
    standin.state.login_codes[code] = LoginCode(user=user, expires_at=expires_at, rotate=rotate)
    standin.save()
    return code


async def code_to_session(standin: Standin, request: Request) -> Response:
    query = request.query_params
    check_appid_and_secret(standin, query)
    if query.get("grant_type") != "authorization_code":
        raise Refused(40002, "invalid grant_type")
    code = _take_code(standin, query.get("js_code"))
    openid = openid_of(code.user)
    if errcode := standin.quotas.spend_login(openid, standin.now()):
        raise Refused(errcode, "api minute-quota reach limit")
    code.is_used = True
    key = _session_key(standin, openid, code.rotate)
    return JSONResponse({"session_key": key, "openid": openid})


def _take_code(standin: Standin, given: str | None) -> LoginCode:
    if not given:
        raise Refused(41008, "missing code")
    code = standin.state.login_codes.get(given)
    if code is None or code.expires_at <= standin.now():
        raise Refused(40029, "invalid code")
    if code.is_used:
        raise Refused(40163, "code been used")
    return code


def _session_key(standin: Standin, openid: str, rotate: bool) -> str:
    key = standin.state.session_keys.get(openid)
    if key is None or rotate or standin.now() - key.made_at > KEY_SETTLED_S:
        return _new_session_key(standin, openid)
    return key.value


def _new_session_key(standin: Standin, openid: str) -> str:
    value = base64.b64encode(secrets.token_bytes(16)).decode()
    standin.state.session_keys[openid] = SessionKey(value=value, made_at=standin.now())
    return value


async def check_session(standin: Standin, request: Request) -> Response:
    _check_signature(standin, request)
    return JSONResponse({"errcode": 0, "errmsg": "ok"})


async def reset_session_key(standin: Standin, request: Request) -> Response:
    openid = _check_signature(standin, request)
    key = _new_session_key(standin, openid)
    return JSONResponse({"errcode": 0, "errmsg": "ok", "openid": openid, "session_key": key})


def _check_signature(standin: Standin, request: Request) -> str:
    require_token(standin, request)
    query = request.query_params
    openid = query.get("openid", "")
    if not openid.startswith("o"):
        raise Refused(40003, "invalid openid")
    if query.get("sig_method") != "hmac_sha256":
        raise Refused(87008, "invalid sig_method")
    key = standin.state.session_keys.get(openid)
    if key is None:
        raise Refused(87007, "session_key not exist or expired")
    expected = hmac.new(key.value.encode(), b"", hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, query.get("signature", "")):
        raise Refused(87009, "invalid signature")
    return openid
