"""The patient's side in a browser, for preview and tests: never in production."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from app.core.access import PUBLIC
from app.core.settings import Settings


class Preview(BaseModel):
    standin_base: str


def install(app: FastAPI, settings: Settings) -> None:
    """Serve the h5 build at /m/ when a WeChat stand-in is set; settings forbid it in production."""
    if settings.preview_standin_base is None:
        return
    base = str(settings.preview_standin_base).rstrip("/")
    router = APIRouter(dependencies=[PUBLIC], include_in_schema=False)

    @router.get("/m/preview.json")
    async def preview() -> Preview:
        return Preview(standin_base=base)

    app.include_router(router)
    if settings.h5_dir and Path(settings.h5_dir).is_dir():
        app.mount("/m", StaticFiles(directory=settings.h5_dir, html=True), name="preview")
