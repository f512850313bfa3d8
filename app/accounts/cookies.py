"""The two cookies of a PC browser: the session, and the secret that a scanned code is tied to."""

from fastapi import Request, Response

from app.accounts.access import staff_cookie
from app.core.crypto import new_token
from app.core.pages import PAGES
from app.core.state import settings_of

BROWSER_COOKIE = "weibu_browser"


def _secure(request: Request) -> bool:
    return settings_of(request).origin.startswith("https:")


def set_session(request: Request, response: Response, token: str) -> None:
    """Without a lifetime: it ends with the browser; the server ends it after its hours."""
    response.set_cookie(
        staff_cookie(request),
        token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )


def clear_session(request: Request, response: Response) -> None:
    response.delete_cookie(staff_cookie(request), path="/", secure=_secure(request))


def browser_of(request: Request) -> str:
    """Return the secret of this browser; a new one for `remember_browser` to hand over."""
    return request.cookies.get(BROWSER_COOKIE) or new_token()


def remember_browser(request: Request, response: Response, browser: str) -> None:
    response.set_cookie(
        BROWSER_COOKIE, browser, path=PAGES, httponly=True, samesite="lax", secure=_secure(request)
    )
