"""A router behind its prefixes answers as the router itself does."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.routing import Match
from starlette.types import Scope
from typing_extensions import override

from app.core.routing import PrefixRouter, index_routes

ID = UUID(int=7)


def _books() -> APIRouter:
    lines = APIRouter(prefix="/books/{book_id}/lines")

    @lines.get("/{number}")
    async def read_line(book_id: UUID, number: int) -> list[str]:
        return [str(book_id), str(number)]

    books = APIRouter(prefix="/api")

    @books.get("/books")
    async def list_books() -> str:
        return "list"

    @books.get("/books/{book_id}")
    async def read_book(book_id: UUID) -> str:
        return str(book_id)

    books.include_router(lines)
    return books


def _any() -> APIRouter:
    router = APIRouter()

    @router.get("/{name}")
    async def read_any(name: str) -> str:
        return f"any {name}"

    return router


def _app(*routers: APIRouter, indexed: bool = False) -> FastAPI:
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    if indexed:
        index_routes(app)
    return app


@pytest.fixture
async def gated() -> AsyncIterator[httpx.AsyncClient]:
    app = _app(PrefixRouter(_books()), PrefixRouter(_any()), indexed=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        yield client


@pytest.fixture
async def plain() -> AsyncIterator[httpx.AsyncClient]:
    app = _app(_books(), _any())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/books", 200),
        ("GET", f"/api/books/{ID}", 200),
        ("GET", f"/api/books/{ID}/lines/3", 200),
        ("GET", "/else", 200),
        ("POST", "/api/books", 405),
        ("POST", f"/api/books/{ID}/lines/3", 405),
        ("GET", "/api/books/", 307),
        ("GET", f"/api/books/{ID}/lines", 404),
        ("GET", f"/api/booksellers/{ID}", 404),
        ("GET", "/api", 200),
        ("GET", "/api/films/1", 404),
    ],
)
async def test_prefixes_change_no_answer(
    gated: httpx.AsyncClient, plain: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await gated.request(method, path)
    wanted = await plain.request(method, path)

    assert answer.status_code == status
    assert (answer.status_code, answer.text, answer.headers) == (
        wanted.status_code,
        wanted.text,
        wanted.headers,
    )


async def test_routes_are_found_below_another_application() -> None:
    outer = FastAPI()
    outer.mount("/outer", _app(PrefixRouter(_books()), indexed=True))
    transport = httpx.ASGITransport(outer)

    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        answer = await client.get(f"/outer/api/books/{ID}")

    assert answer.json() == str(ID)


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/api/books", True), ("/staff/alerts", False), (f"/api/books/{ID}/else", False)],
)
def test_only_paths_of_its_own_are_compared_with_its_routes(path: str, asked: bool) -> None:
    router = PrefixRouter(_books())
    compared: list[str] = []

    def matches(scope: Scope) -> tuple[Match, Scope]:
        compared.append(scope["path"])
        return Match.NONE, {}

    for route in router.routes:
        route.matches = matches  # type: ignore[method-assign]
    included = _app(router).router.routes[-1]

    match, _ = included.matches({"type": "http", "method": "GET", "path": path, "headers": []})

    assert match is Match.NONE
    assert bool(compared) is asked


def _feature(number: int, asked: list[int]) -> APIRouter:
    class Noting(PrefixRouter):
        @override
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            asked.append(number)
            return super().matches(scope)

    router = APIRouter(prefix=f"/api/feature{number}")

    @router.get("/{thing_id}")
    async def read_thing(thing_id: int) -> int:
        return thing_id

    return Noting(router)


@pytest.mark.parametrize("features", [12, 50])
async def test_a_request_costs_the_same_however_many_features_there_are(features: int) -> None:
    asked: list[int] = []
    app = _app(*(_feature(n, asked) for n in range(features)), indexed=True)
    transport = httpx.ASGITransport(app)

    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        answer = await client.get(f"/api/feature{features - 1}/3")
        missing = await client.get("/api/feature/3")

    assert (answer.json(), missing.status_code) == (3, 404)
    assert asked == [features - 1]


async def test_addresses_of_other_routers_are_known() -> None:
    books = PrefixRouter(_books())
    pages = APIRouter(prefix="/staff")

    @pages.get("/home")
    async def show_home(request: Request) -> str:
        return str(request.url_for("list_books"))

    app = _app(books, PrefixRouter(pages), indexed=True)
    transport = httpx.ASGITransport(app)

    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        answer = await client.get("/staff/home")

    assert answer.json() == "http://t/api/books"


def test_a_parameter_over_several_segments_is_refused() -> None:
    router = APIRouter()

    @router.get("/files/{name:path}")
    async def read_file(name: str) -> str:
        return name

    with pytest.raises(ValueError, match="number of segments"):
        PrefixRouter(router)
