"""Walk a list page by page, as a phone does: no row twice, none left out, no empty last page."""

from typing import Any

import httpx


async def walk(http: httpx.AsyncClient, path: str, limit: int, **query: str) -> list[list[Any]]:
    """Collect the items of every page; the list must end with the page that has no cursor."""
    pages: list[list[Any]] = []
    cursor: str | None = None
    while True:
        asked = {"limit": str(limit), **query} | ({"cursor": cursor} if cursor else {})
        answer = await http.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        pages.append(body["items"])
        cursor = body["next_cursor"]
        if cursor is None:
            return pages
        assert len(body["items"]) == limit, "a page before the last is full"


async def assert_pages_agree(http: httpx.AsyncClient, path: str, **query: str) -> None:
    """Read the list whole, one by one, and by exactly full pages: each time the same rows.

    The rows of the test have equal sort values, so that only the id parts them.
    """
    items = [item for page in await walk(http, path, 100, **query) for item in page]
    count = len(items)
    assert count > 2, "a list of two has no inner page"
    for limit in {1, 2, count, count - 1}:
        pages = await walk(http, path, limit, **query)
        assert [item for page in pages for item in page] == items, f"limit {limit}"
        assert all(pages), f"an empty page at limit {limit}"
