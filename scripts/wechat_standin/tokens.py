"""/cgi-bin/token and /cgi-bin/stable_token: two sets of tokens, each with its own habits."""

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from scripts.wechat_standin.faults import BEIJING_S, DAY_S
from scripts.wechat_standin.server import Refused, Standin, json_body
from scripts.wechat_standin.state import Issued, TokenSet

LIFETIME_S = 7200
OVERLAP_S = 300
FORCES_A_DAY = 20
BETWEEN_FORCES_S = 30
KEPT = 20
TOKEN_BYTES = 384  # 512 characters: callers must have room for as many


async def plain_token(standin: Standin, request: Request) -> Response:
    _check_account(standin, request.query_params)
    plain = standin.state.plain
    if plain.current:
        ends_at = standin.now() + OVERLAP_S
        plain.current.expires_at = min(plain.current.expires_at, ends_at)
    return _reply(standin, _issue(standin, plain))


async def stable_token(standin: Standin, request: Request) -> Response:
    body = await json_body(request)
    _check_account(standin, body)
    stable = standin.state.stable
    current = stable.current
    if body.get("force_refresh") is True and current and _may_force(standin):
        current.dead = True
        return _reply(standin, _issue(standin, stable))
    if current is None or current.expires_at - standin.now() < OVERLAP_S:
        current = _issue(standin, stable)
    return _reply(standin, current)


def require_token(standin: Standin, request: Request) -> None:
    value = request.query_params.get("access_token")
    if not value:
        raise Refused(41001, "access_token missing")
    for issued in _all_tokens(standin):
        if issued.value == value and not issued.dead:
            if issued.expires_at > standin.now():
                return
            raise Refused(42001, "access_token expired")
    raise Refused(40001, "invalid credential, access_token is invalid or not latest")


def _all_tokens(standin: Standin) -> list[Issued]:
    plain, stable = standin.state.plain, standin.state.stable
    current = [token for token in (plain.current, stable.current) if token]
    return [*current, *plain.older, *stable.older]


def _issue(standin: Standin, tokens: TokenSet) -> Issued:
    if tokens.current:
        tokens.older = [tokens.current, *tokens.older][:KEPT]
    value = secrets.token_urlsafe(TOKEN_BYTES)
    tokens.current = Issued(value=value, expires_at=standin.now() + LIFETIME_S)
    return tokens.current


def _may_force(standin: Standin) -> bool:
    """Too soon or too often is not an error: the old token simply stays."""
    forces, now = standin.state.forces, standin.now()
    day = int((now + BEIJING_S) // DAY_S)
    count = forces.count if forces.day == day else 0
    if now - forces.at < BETWEEN_FORCES_S or count >= FORCES_A_DAY:
        return False
    forces.at, forces.day, forces.count = now, day, count + 1
    return True


def _check_account(standin: Standin, given: Mapping[str, Any]) -> None:
    if given.get("grant_type") != "client_credential":
        raise Refused(40002, "invalid grant_type")
    check_appid_and_secret(standin, given)


def check_appid_and_secret(standin: Standin, given: Mapping[str, Any]) -> None:
    if not given.get("appid"):
        raise Refused(41002, "appid missing")
    if given["appid"] != standin.config.appid:
        raise Refused(40013, "invalid appid")
    if not given.get("secret"):
        raise Refused(41004, "appsecret missing")
    if given["secret"] != standin.config.secret:
        raise Refused(40125, "invalid appsecret")


def _reply(standin: Standin, token: Issued) -> Response:
    expires_in = round(token.expires_at - standin.now())
    return JSONResponse({"access_token": token.value, "expires_in": expires_in})
