"""Pure ASGI middleware: request id and log line, security headers, same-origin guard."""

import logging
import time
from typing import Any
from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import uuid7
from app.core.problems import NotAllowed
from app.core.refusal import refuse
from app.core.settings import Settings

log = logging.getLogger("app.request")
LEFT = 499  # in the log only: the sender was gone before there was an answer
SAFE = {"GET", "HEAD", "OPTIONS"}


def _id_of_client(headers: Headers) -> str | None:
    """Read what the sender calls the request; only a UUID, since it goes into the log."""
    try:
        return str(UUID(headers.get("x-request-id", "")))
    except ValueError:
        return None


def _comes_by_a_stranger(scope: Scope) -> bool:
    """Compare: the server puts what a trusted proxy says in place of the proxy's own address."""
    said = Headers(scope=scope).get("x-forwarded-for")
    client = scope.get("client")
    if said is None or client is None:
        return False
    return client[0] not in [part.strip() for part in said.split(",")]


class RequestLog:
    """The route's template, never the path: a path may carry a code.

    The id is always our own: a sender could give two requests one id, and the audit trail keeps it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._proxy_told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not self._proxy_told and _comes_by_a_stranger(scope):
            self._proxy_told = True
            log.warning("X-Forwarded-For of a proxy that FORWARDED_ALLOW_IPS does not name")
        request_id, client_id = uuid7(), _id_of_client(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        said = str(request_id).encode()
        began, status, left = time.perf_counter(), 0, False

        async def hear() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", said)]
            await send(message)

        try:
            await self.app(scope, hear, watch)
        finally:
            status = status or (LEFT if left else 500)
            self._write(scope, request_id, client_id, status, time.perf_counter() - began)

    def _write(
        self, scope: Scope, request_id: UUID, client_id: str | None, status: int, seconds: float
    ) -> None:
        route = getattr(scope.get("route"), "path_format", None) or "-"
        facts: dict[str, Any] = {
            "request_id": str(request_id),
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        if client_id:
            facts["client_request_id"] = client_id
        log.info("request", extra=facts)


def content_security_policy(settings: Settings) -> str:
    """Our own scripts only; films, stills and uploads also at the storage's public origin."""
    storage = str(settings.s3_public_endpoint).rstrip("/")
    connect = ["'self'", "blob:", storage]  # the preview keeps its own films
    if settings.preview_standin_base:
        connect.append(str(settings.preview_standin_base).rstrip("/"))
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob: {storage}",
        "media-src": f"'self' blob: {storage}",
        "connect-src": " ".join(connect),
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class SecurityHeaders:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        headers = {
            "content-security-policy": content_security_policy(settings),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",  # without it forms would send `Origin: null`
            "permissions-policy": "camera=(self), microphone=(self), geolocation=()",
            "cross-origin-opener-policy": "same-origin",
        }
        if settings.in_production:
            headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.unkept = [*self.headers, (b"cache-control", b"no-store")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        private = scope["path"].startswith(("/api/", "/staff"))
        wanted = self.unkept if private else self.headers

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message["headers"]
                names = {name for name, _ in said}
                message["headers"] = [*said, *(h for h in wanted if h[0] not in names)]
            await send(message)

        await self.app(scope, receive, dress)


class SameOrigin:
    """Refuse a writing request that carries our cookie from another site.

    Every browser in use sends Origin with such a request, so no token has to be put into each
    form. Requests without a cookie (the Mini Program's bearer token) cannot be forged this way.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.origin = settings.origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            if headers.get("cookie") and not self._ours(headers):
                await refuse(scope, send, NotAllowed())
                return
        await self.app(scope, receive, send)

    def _ours(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin == self.origin
        return headers.get("sec-fetch-site") in {"same-origin", "none"}
