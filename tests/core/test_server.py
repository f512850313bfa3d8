"""What the server itself refuses is told as everything else is: problem JSON, a page's sentence."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.responses import PlainTextResponse

from app.core.server import BoundedProtocol


@asynccontextmanager
async def served(connections_max: int) -> AsyncIterator[int]:
    config = uvicorn.Config(
        PlainTextResponse("served"),
        port=0,
        log_config=None,
        lifespan="off",
        http=BoundedProtocol,
        limit_concurrency=connections_max,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 uvicorn tells nobody
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def test_beyond_the_connections_a_program_gets_a_problem_and_a_page_a_sentence() -> None:
    async with served(3) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        assert (await http.get("/api/today")).text == "served"
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)

        program = await http.get("/api/today")
        page = await http.get("/staff/reviews")
        part = await http.get("/staff", headers={"hx-request": "true"})
        for _, writer in silent:
            writer.close()
        await asyncio.sleep(0.05)
        again = await http.get("/api/today")

    assert program.status_code == page.status_code == part.status_code == 503
    assert program.headers["content-type"] == "application/problem+json"
    assert (program.json()["type"], program.headers["connection"]) == ("unavailable", "close")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>系统正忙" in page.text
    assert part.text.startswith('<p class="toast danger"')
    assert part.headers["hx-retarget"] == "#messages"
    assert again.text == "served"


async def test_what_is_no_http_is_told_so_as_a_problem() -> None:
    async with served(10) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"this is no request\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()

    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["type"] == "bad-request"
