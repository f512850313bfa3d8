"""Put the stand-in together: WeChat's paths, the control room, the demo desk."""

from functools import partial

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from scripts.wechat_standin import codes, desk, login, phone, tokens
from scripts.wechat_standin.control import create_control
from scripts.wechat_standin.safety import is_loopback
from scripts.wechat_standin.server import Answer, Standin

PATHS: dict[str, Answer] = {
    "/cgi-bin/token": tokens.plain_token,
    "/cgi-bin/stable_token": tokens.stable_token,
    "/sns/jscode2session": login.code_to_session,
    "/wxa/checksession": login.check_session,
    "/wxa/resetusersessionkey": login.reset_session_key,
    "/wxa/business/getuserphonenumber": phone.user_phone_number,
    "/wxa/getwxacodeunlimit": codes.unlimited_code,
}


class LoopbackOnly:
    """Refuse foreign callers, and foreign pages in this machine's own browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_local(scope):
            await Response("loopback only", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def create_app(standin: Standin) -> FastAPI:
    app = FastAPI(title="WeChat stand-in", openapi_url=None)
    app.state.standin = standin
    app.add_middleware(LoopbackOnly)
    for path, answer in PATHS.items():
        app.add_route(path, partial(_serve, standin, path, answer), methods=["GET", "POST"])
    app.mount("/standin", create_control(standin))
    app.mount("/", desk.create_desk(standin))
    return app


async def _serve(standin: Standin, path: str, answer: Answer, request: Request) -> Response:
    return await standin.answer(path, answer, request)


def _is_local(scope: Scope) -> bool:
    client = scope.get("client")
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return (
        (client is None or is_loopback(client[0]))
        and is_loopback(_without_port(headers.get("host", "")))
        and (origin is None or is_loopback(_without_port(origin.partition("://")[2])))
    )


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host
