"""The patient's access token: signed, short, carrying nothing but an account id."""

import base64
import hmac
import json
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt

from app.core import clock
from app.core.problems import NotLoggedIn
from app.core.settings import Settings

ALGORITHM = "HS256"
AUDIENCE = "weibu-miniprogram"
REMEMBERED = 10_000  # tokens of phones that are in use
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


@lru_cache(maxsize=REMEMBERED)
def _claimed(key: str, token: str) -> tuple[UUID, int]:
    """Whose it is and until when (seconds since 1970): neither changes, so it is read once."""
    claims = _read(key, token)
    if claims["aud"] != AUDIENCE:
        raise ValueError("not for the Mini Program")
    return UUID(claims["sub"]), int(claims["exp"])


def account_of(settings: Settings, token: str) -> UUID:
    try:
        account_id, expires_at = _claimed(settings.token_key.get_secret_value(), token)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotLoggedIn from error
    if expires_at <= clock.now().timestamp():
        raise NotLoggedIn
    return account_id
