"""演示台: one page from which anybody opens the demo as a patient or signs in as staff."""

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import pyotp
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel, Field

from scripts.wechat_standin.server import Standin

HERE = Path(__file__).parent
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
TOTP_PERIOD_S = 30
_pages = Environment(loader=FileSystemLoader(HERE / "desk"), autoescape=True)


class Patient(BaseModel):
    user: str
    name: str
    about: str = ""


class Staff(BaseModel):
    username: str
    password: str
    totp_secret: str
    name: str
    about: str = ""


class Links(BaseModel):
    patient: str = ""
    staff: str = ""
    docs: str = ""


class Accounts(BaseModel):
    patients: list[Patient] = Field(default_factory=list)
    staff: list[Staff] = Field(default_factory=list)
    links: Links = Field(default_factory=Links)


def create_desk(standin: Standin) -> FastAPI:
    desk = FastAPI(openapi_url=None)
    desk.state.standin = standin
    desk.get("/", response_class=HTMLResponse)(show_desk)
    desk.get("/totp")(totp_codes)
    desk.mount("/desk", StaticFiles(directory=HERE / "desk"))
    return desk


def _accounts(request: Request) -> Accounts:
    """Read the file each time: the demo data may be made after the stand-in has started."""
    path: Path | None = request.app.state.standin.config.accounts_file
    if path is None or not path.exists():
        return Accounts()
    return Accounts.model_validate_json(path.read_bytes())


Shown = Annotated[Accounts, Depends(_accounts)]


async def show_desk(request: Request, accounts: Shown) -> Response:
    h5_base: str = request.app.state.standin.config.h5_base
    patients = [(patient, f"{h5_base}?user={quote(patient.user)}") for patient in accounts.patients]
    html = _pages.get_template("desk.html").render(
        patients=patients,
        staff=[(person, _code(person)) for person in accounts.staff],
        links=accounts.links,
        h5_base=h5_base,
        seconds_left=_seconds_left(),
        period_s=TOTP_PERIOD_S,
    )
    return HTMLResponse(html, headers=HEADERS)


async def totp_codes(accounts: Shown, response: Response) -> dict[str, Any]:
    response.headers.update(HEADERS)
    codes = {person.username: _code(person) for person in accounts.staff}
    return {"codes": codes, "seconds_left": _seconds_left()}


def _code(person: Staff) -> str:
    return pyotp.TOTP(person.totp_secret, interval=TOTP_PERIOD_S).now()


def _seconds_left() -> int:
    return TOTP_PERIOD_S - int(time.time()) % TOTP_PERIOD_S
