"""The patient's access token: signed, short, carrying nothing but an account id."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt

from app.core import clock
from app.core.problems import NotLoggedIn
from app.core.settings import Settings

ALGORITHM = "HS256"
AUDIENCE = "weibu-miniprogram"
HEAD = jwt.encode({}, "x" * 32, ALGORITHM).partition(".")[0]  # no other algorithm is accepted


def issue(settings: Settings, account_id: UUID) -> str:
    expires_at = clock.now() + timedelta(seconds=settings.token_lifetime_s)
    claims = {"sub": str(account_id), "aud": AUDIENCE, "exp": expires_at}
    return jwt.encode(claims, settings.token_key.get_secret_value(), ALGORITHM)


def _read(key: str, token: str) -> Any:
    """As `jwt.decode` for exactly the tokens that `issue` makes, at a tenth of its cost."""
    head, claims, signature = token.split(".")
    wanted = hmac.digest(key.encode(), f"{head}.{claims}".encode(), "sha256")
    if head != HEAD or not hmac.compare_digest(_decoded(signature), wanted):
        raise ValueError("not signed by us")
    return json.loads(_decoded(claims))


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def account_of(settings: Settings, token: str) -> UUID:
    try:
        claims = _read(settings.token_key.get_secret_value(), token)
        account_id, expires_at = UUID(claims["sub"]), int(claims["exp"])
        is_ours = claims["aud"] == AUDIENCE
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotLoggedIn from error
    if not is_ours or expires_at <= clock.now().timestamp():
        raise NotLoggedIn
    return account_id
