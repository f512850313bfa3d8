"""The patient's access token: signed, short, carrying nothing but an account id."""

from datetime import timedelta
from uuid import UUID

import jwt

from app.core import clock
from app.core.problems import NotLoggedIn
from app.core.settings import Settings

ALGORITHM = "HS256"
AUDIENCE = "weibu-miniprogram"


def issue(settings: Settings, account_id: UUID) -> str:
    expires_at = clock.now() + timedelta(seconds=settings.token_lifetime_s)
    claims = {"sub": str(account_id), "aud": AUDIENCE, "exp": expires_at}
    return jwt.encode(claims, settings.token_key.get_secret_value(), ALGORITHM)


def account_of(settings: Settings, token: str) -> UUID:
    try:
        claims = jwt.decode(
            token,
            settings.token_key.get_secret_value(),
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["exp", "sub"], "verify_exp": False},  # it has a clock of its own
        )
        account_id, expires_at = UUID(claims["sub"]), int(claims["exp"])
    except (jwt.InvalidTokenError, ValueError) as error:
        raise NotLoggedIn from error
    if expires_at <= clock.now().timestamp():
        raise NotLoggedIn
    return account_id
