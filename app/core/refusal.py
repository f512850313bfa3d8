"""What is refused before the application is asked: told as a Problem all the same.

To a program as problem JSON, to whoever looks at a PC page as a sentence.
"""

import html
import json
import logging

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from app.core.problems import MEDIA_TYPE, Problem, Unavailable

log = logging.getLogger("app.refusal")
PAGES = "/staff"
_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>'
    '<h1>{title}</h1><p><a href="/staff">回到首页</a></p></html>'
)
_TOAST = '<p class="toast danger" role="alert" data-problem="{type}">{title}</p>'
_TOAST_PLACE = [(b"hx-retarget", b"#messages"), (b"hx-reswap", b"innerHTML")]
_HTML = b"text/html; charset=utf-8"


def is_page(path: str) -> bool:
    """Tell whether somebody looks at the answer."""
    return f"{path}/".startswith(f"{PAGES}/")


async def refuse(scope: Scope, send: Send, problem: Problem, *, close: bool = False) -> None:
    """Answer in place of the application; `close` the connection where a body is still to come."""
    headers, body = _told(scope, problem)
    headers.append((b"content-length", str(len(body)).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _told(scope: Scope, problem: Problem) -> tuple[list[tuple[bytes, bytes]], bytes]:
    if not is_page(scope["path"]):
        return [(b"content-type", MEDIA_TYPE.encode())], json_of(problem)
    by_htmx = "hx-request" in Headers(scope=scope)
    words = {"type": html.escape(problem.type), "title": html.escape(problem.title)}
    text = (_TOAST if by_htmx else _PAGE).format(**words)
    headers = [(b"content-type", _HTML), (b"vary", b"HX-Request")]
    return headers + (_TOAST_PLACE if by_htmx else []), text.encode()


def json_of(problem: Problem) -> bytes:
    return json.dumps(problem.body(), ensure_ascii=False).encode()


async def crowded(scope: Scope, _: Receive, send: Send) -> None:
    """Stand in for the application while there are more connections than it is to serve."""
    log.warning("more connections than CONNECTIONS_MAX")
    await refuse(scope, send, Unavailable(), close=True)
