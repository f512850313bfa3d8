"""The only assembler of the API: rooms in, middleware around, engines at start-up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from app.accounts import pages as account_pages
from app.accounts import routes as accounts
from app.core import docs, health, pages, preview, problems
from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_sessions
from app.core.http import RequestLog, SameOrigin, SecurityHeaders
from app.core.logging import configure
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.core.wechat import TokenTable, WeChat
from app.institutions import pages as institution_pages
from app.institutions import routes as institutions
from app.institutions.access import NAMED
from app.medication import pages as medication_pages
from app.medication import routes as medication
from app.medication.queries import exported
from app.patients import pages as patient_pages
from app.patients import routes as patients
from app.today import routes as today

STATIC = Path(__file__).parent / "static"
ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    docs.router,
    accounts.router,
    institutions.router,
    patients.router,
    today.router,
    *medication.routers,
)
HANDED_IN = (exported,)  # importing it adds its part to what a patient takes along
STAFF_PAGES: tuple[APIRouter, ...] = (
    account_pages.router,
    institution_pages.router,
    patient_pages.router,
    medication_pages.router,
)


def attach_engines(app: FastAPI, settings: Settings) -> None:
    """Put on `app.state` what requests reach; a test may put its own in place afterwards."""
    app.state.settings = settings
    app.state.engine = make_engine(settings)
    app.state.sessions = make_sessions(app.state.engine)
    app.state.storage = Storage(settings)
    app.state.http = httpx.AsyncClient()
    app.state.wechat = WeChat(
        app.state.http,
        TokenTable(app.state.engine, settings.wechat_appid),
        api_base=str(settings.wechat_api_base).rstrip("/"),
        appid=settings.wechat_appid,
        secret=settings.wechat_secret,
        env_version=settings.wechat_env_version,
    )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.http.aclose()
    await app.state.engine.dispose()


def create_app(settings: Settings) -> FastAPI:
    install_keyring(keyring_from(settings))
    app = FastAPI(
        title="Weibu 微步之约",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=problems.DOCUMENTED,
    )
    attach_engines(app, settings)
    for router in ROUTERS:
        app.include_router(router)
    for router in STAFF_PAGES:
        app.include_router(router, dependencies=[NAMED])
    preview.install(app, settings)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app, pages.render_problem)
    app.add_middleware(SameOrigin, settings=settings)
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(RequestLog)
    return app


def main() -> None:
    settings = load_settings()
    configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
