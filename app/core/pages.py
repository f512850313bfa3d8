"""PC pages: a full page, or its partial for htmx; problems as pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, Template
from markupsafe import Markup

from app.core.assembly import Features
from app.core.feature import PatientAction, PatientTab, Tab
from app.core.problems import Moved, NotLoggedIn, Problem, as_problem, render_json
from app.core.refusal import PAGES, is_page
from app.core.severity import Severity

LOGIN = "/staff/login"
# Lines and badges count no further: beyond it they say 99+.
MOST_COUNTED = 100
# Tells session.js that nobody is logged in any more.
SESSION_OVER = "weibu-session-over"
SAY_COOKIE = "weibu_say"


@dataclass(frozen=True)
class Person:
    """Who is named in the top bar; a router's dependency puts it on request.state.person.

    `id` is the account's: a page tells whose it is with whatever it sends. `rights` are words of
    `institutions`, for templates that hide a button.
    """

    id: str
    name: str
    title: str
    roles: frozenset[str]
    rights: frozenset[str] = frozenset()


class Section(NamedTuple):
    """A part of a composed page: a feature's own partial, and what it shows.

    `urges` are the paths of patient actions that are due, as the section knows by what it has read.
    """

    template: str
    context: dict[str, Any]
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    urges: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeskLine:
    """What waits for staff: how many, since when, and the page with exactly those rows.

    `count` is counted to MOST_COUNTED at most; `oldest_at` is None where age says nothing.
    `first` is the patient to begin with, whom the desk names beside a telephone number; `act` is
    the word and the address of what is done first.
    """

    word: str
    count: int
    href: str
    severity: Severity
    oldest_at: datetime | None = None
    first: UUID | None = None
    act: tuple[str, str] | None = None


def _template(request: Request, name: str) -> Template:
    environment: Environment = request.app.state.environment
    return environment.get_template(name)


Declared = TypeVar("Declared", Tab, PatientTab, PatientAction)


def _for_roles(declared: Iterable[Declared], roles: frozenset[str]) -> list[Declared]:
    return [one for one in declared if one.roles & roles]


def _for_rights(actions: Iterable[PatientAction], rights: frozenset[str]) -> list[PatientAction]:
    return [action for action in actions if action.right is None or action.right in rights]


def _shell(request: Request) -> dict[str, Any]:
    """Tell what every page needs around its own context: who looks, where they may go.

    Made once for all sections of a page, unless somebody logs in or out between.
    """
    person: Person | None = getattr(request.state, "person", None)
    made: dict[str, Any] | None = getattr(request.state, "shell", None)
    if made is None or made["person"] is not person:
        made = request.state.shell = _new_shell(request, person)
    return made


def _new_shell(request: Request, person: Person | None) -> dict[str, Any]:
    roles = person.roles if person else frozenset[str]()
    rights = person.rights if person else frozenset[str]()
    features: Features = request.app.state.features
    finder = features.finder
    return {
        "person": person,
        "path": request.scope["path"],
        "nav": tuple(_for_roles(features.nav, roles)),
        "own_tabs": tuple(_for_roles(features.own_tabs, roles)),
        "finder": finder if finder and finder.roles & roles else None,
        "patient_tabs": _for_roles(features.patient_tabs, roles),
        "patient_actions": _for_rights(_for_roles(features.patient_actions, roles), rights),
        "supervision_tabs": _for_roles(features.supervision_tabs, roles),
    }


def is_partial(request: Request) -> bool:
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def _partial_of(template: str) -> str:
    folder, _, name = template.rpartition("/")
    return f"{folder}/_{name}" if folder else f"_{name}"


def render(
    request: Request, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    """`domain/page.html`, or `domain/_page.html` of the same context when htmx asks."""
    partial = is_partial(request)
    message = request.cookies.get(SAY_COOKIE)
    shell = _shell(request) | {"said": unquote(message) if message and not partial else None}
    page = _template(request, _partial_of(template) if partial else template)
    response = HTMLResponse(page.render(shell | (context or {})), status)
    response.headers["vary"] = "HX-Request"
    if message and not partial:
        response.delete_cookie(SAY_COOKIE, path=PAGES)
    return response


def compose(request: Request, sections: Sequence[Section]) -> dict[str, Any]:
    """Render each section with nothing but its own context; what a composed page then includes."""
    shell = _shell(request)
    return {
        "parts": [
            Markup(_template(request, s.template).render(shell | s.context))  # noqa: S704 our own template, which escapes
            for s in sections
        ],
        "styles": dict.fromkeys(style for s in sections for style in s.styles),
        "scripts": dict.fromkeys(script for s in sections for script in s.scripts),
        "urged": {path for s in sections for path in s.urges},
    }


def fragment(
    request: Request, template: str, context: dict[str, Any], status: int = 200
) -> HTMLResponse:
    """Render exactly this partial, for an address that only htmx asks."""
    body = _template(request, template).render(_shell(request) | context)
    return HTMLResponse(body, status, headers={"vary": "HX-Request"})


def redirect(request: Request, to: str, say: str | None = None) -> Response:
    """After a POST: 303, or htmx's own way. `say` (nothing personal) is shown once there."""
    to = quote(to, safe=":/%#?=@[]!$&'()*+,")  # a header holds no Chinese: /staff/patients?q=李
    response: Response = RedirectResponse(to, 303)
    if is_partial(request):
        response = Response(status_code=204, headers={"hx-redirect": to})
    if say:
        response.set_cookie(
            SAY_COOKIE, quote(say), max_age=20, path=PAGES, httponly=True, samesite="lax"
        )
    return response


def local_path(address: str | None) -> str:
    """Where to go after login: a page of ours, never another site."""
    try:
        parts = urlsplit(address or "")
    except ValueError:  # "http://[": whoever writes an address may write anything
        return PAGES
    if not parts.path.startswith(f"{PAGES}/") or parts.path.startswith(LOGIN):
        return PAGES
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _own_address(request: Request) -> str:
    """From the request line alone: a Host header may be anything, "[" too."""
    query = request.scope["query_string"].decode("latin-1")
    return quote(request.scope["path"]) + (f"?{query}" if query else "")


def _to_login(request: Request) -> Response:
    """Send a page to the login, and back; what asks from within one stays where it is.

    There somebody may have typed: session.js veils the page until the same person is back.
    """
    if is_partial(request):
        return Response(status_code=401, headers={SESSION_OVER: "1"})
    before = request.headers.get("referer")
    here = local_path(_own_address(request) if request.method == "GET" else before)
    return RedirectResponse(f"{LOGIN}?next={quote(here)}", 303)


def render_page_problem(request: Request, problem: Problem) -> Response:
    if isinstance(problem, NotLoggedIn):
        return _to_login(request)
    if isinstance(problem, Moved):
        return redirect(request, problem.address, say=problem.title)
    response = render(request, "problem.html", {"problem": problem}, problem.status)
    if is_partial(request):
        response.headers["hx-retarget"] = "#messages"
        response.headers["hx-reswap"] = "innerHTML"
    return response


async def render_problem(request: Request, error: Exception) -> Response:
    """One Problem, told as a page under /staff and as JSON elsewhere."""
    if is_page(request.scope["path"]):
        return render_page_problem(request, as_problem(error))
    return await render_json(request, error)
