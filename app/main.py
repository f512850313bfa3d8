"""The only assembler of the API: features in, middleware around, engines at start-up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig

from app.core import pages, preview, problems
from app.core.assembly import Features
from app.core.bodies import BodyFirst, larger_bodies
from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_independent_engine, make_sessions
from app.core.events import LISTENERS
from app.core.hardening import hide_from_children
from app.core.health import Readiness
from app.core.http import RequestLog, SameOrigin, SecurityHeaders
from app.core.limits import Limits
from app.core.logging import configure
from app.core.routing import PrefixRouter, index_routes
from app.core.server import BoundedProtocol, Server
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.core.stream import Hub
from app.core.templates import make_environment
from app.core.wechat import TokenTable, WeChat
from app.features import FEATURES
from app.institutions.access import NAMED

STATIC = Path(__file__).parent / "static"
# Else variables of the environment alone could have requests and the texts of errors, which may
# quote what patients said, sent to somebody outside; and each request would ask whether they do.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


def attach_engines(app: FastAPI, settings: Settings, features: Features) -> None:
    """Put on `app.state` what requests reach; a test may put its own in place afterwards."""
    app.state.settings = settings
    app.state.features = features
    app.state.environment = make_environment(features, auto_reload=settings.in_development)
    app.state.engine = make_engine(settings)
    app.state.independent_engine = make_independent_engine(settings)
    app.state.sessions = make_sessions(
        app.state.engine, app.state.independent_engine, **{LISTENERS: features.listeners}
    )
    app.state.limits = Limits(app.state.independent_engine)
    app.state.storage = Storage(settings)
    app.state.readiness = Readiness()
    app.state.stream = Hub(settings)
    app.state.http = httpx.AsyncClient()
    app.state.wechat = WeChat(
        app.state.http,
        TokenTable(app.state.independent_engine, settings.wechat_appid),
        api_base=str(settings.wechat_api_base).rstrip("/"),
        appid=settings.wechat_appid,
        secret=settings.wechat_secret,
        env_version=settings.wechat_env_version,
    )


async def dispose_engines(app: FastAPI) -> None:
    await app.state.engine.dispose()
    await app.state.independent_engine.dispose()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.stream.start()
    yield
    await app.state.stream.stop()
    await app.state.http.aclose()
    await dispose_engines(app)


def create_app(settings: Settings, features: Features = FEATURES) -> FastAPI:
    install_keyring(keyring_from(settings))
    app = FastAPI(
        title="Weibu 微步之约",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever Host the sender named
        responses=problems.DOCUMENTED,
        telemetry=NO_TELEMETRY,
    )
    attach_engines(app, settings, features)
    for feature in features.all:
        for router in feature.api:
            app.include_router(PrefixRouter(router))
        for router in feature.pages:
            app.include_router(PrefixRouter(router), dependencies=[NAMED])
    preview.install(app, settings)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    index_routes(app)
    problems.install(app, pages.render_problem)
    app.add_middleware(BodyFirst, larger=larger_bodies(app))
    app.add_middleware(SameOrigin, settings=settings)
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(RequestLog)
    return app


def main() -> None:
    settings = load_settings()
    configure(settings.log_level)
    hide_from_children()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        http=BoundedProtocol,
        limit_concurrency=settings.connections_max,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=10,
    )
    Server(config, app.state.stream).run()


if __name__ == "__main__":
    main()
