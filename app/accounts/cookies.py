"""The two cookies of a PC browser: the session, and the secret that a scanned code is tied to."""

from fastapi import Request, Response

from app.accounts.access import staff_cookie
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


def _browser_cookie(request: Request) -> str:
    """As `staff_cookie`: over https no other host of the domain can plant it."""
    return f"__Host-{BROWSER_COOKIE}" if _secure(request) else BROWSER_COOKIE


def browser_of(request: Request) -> str | None:
    """Return the secret of the code that this browser was shown last."""
    return request.cookies.get(_browser_cookie(request))


def remember_browser(request: Request, response: Response, browser: str) -> None:
    """Hand over the secret of a new code; one that the browser brought along is never kept."""
    response.set_cookie(
        _browser_cookie(request),
        browser,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )
