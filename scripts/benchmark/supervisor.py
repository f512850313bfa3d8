"""A supervisor's pages: a whole district beside a town whose lists fill a page, too.

Both applications answer in this process, turn by turn and one request at a time, so that a noisy
minute meets both alike; what is compared is how long a page takes, not how many a second.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import httpx
from sqlalchemy import text

from app.core import clock
from app.core.db import make_engine, make_sessions
from app.core.settings import Settings
from app.main import create_app
from app.medication.service import rollups, subtrees
from scripts.benchmark.seeding import Say, seed
from scripts.benchmark.setting import Scene
from scripts.benchmark.world import DOCTORS, World
from scripts.dev.engines import PostgreSQL

TOWN, TOWN_PATIENTS = "bench_town", 5000
ROUNDS, WARM = 60, 5
BETWEEN_S = 4  # one person asks for all of it: `core/limits.py`
BAR = 1.3
ROLLED_UP = (
    "adherence_day",
    "review_day",
    "team_adherence",
    "team_figures",
    "team_standing",
    "slipping_patient",
    "subtree_figures",
)
PAGES = {
    "督导 30 天": "/staff/supervision",
    "督导 90 天": "/staff/supervision?days=90",
    "需要关注的患者": "/staff/medication/slipping",
    "工作台": "/staff",
    "角标": "/staff/badges",
    "患者": "/staff/patients",
    "没绑定手机": "/staff/patients?show=unbound",
    "提醒": "/staff/alerts",
    "已处理的提醒": "/staff/alerts?shown=handled",
    "连续漏服": "/staff/medication/missing",
    "疗程将结束": "/staff/medication/ending",
}
# The page of the queue asks for a film by it; whoever holds none gets the same one again.
NEXT = "下一段视频", "POST", "/api/reviews/next"


@dataclass(frozen=True, slots=True)
class Page:
    """Milliseconds of one page in the district, and in the town."""

    name: str
    p50_ms: float
    p95_ms: float
    town_p50_ms: float
    town_p95_ms: float

    @property
    def growth(self) -> float:
        """Of the median: a p95 of sixty requests one by one is the machine's, not the page's."""
        return self.p50_ms / self.town_p50_ms


@dataclass(frozen=True, slots=True)
class Supervisor:
    pages: list[Page]
    roll_up_s: float
    roll_up_again_s: float
    teams: int


def measure(
    postgresql: PostgreSQL,
    settings_of: Callable[[str], Settings],
    district: World,
    doses: int,
    say: Say,
) -> Supervisor:
    """`district` is seeded; the town is seeded here."""
    seed(postgresql, TOWN, TOWN_PATIENTS, doses, say)
    with Scene(postgresql.conninfo(TOWN)) as scene:
        scene.log_in_again()
    town = World(settings_of(TOWN), TOWN, TOWN_PATIENTS)
    return asyncio.run(_measure(district, town))


async def _measure(district: World, town: World) -> Supervisor:
    await _roll_up(town)
    first, again = [await _roll_up(district) for _ in range(2)]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(_client(w)) for w in (district, town)]
        pages = [await _page(name, "GET", path, clients) for name, path in PAGES.items()]
        pages.append(await _page(*NEXT, clients))
    return Supervisor(pages, first, again, district.teams)


async def _roll_up(world: World) -> float:
    """As the job medication.roll_up; answer the seconds it took."""
    engine = make_engine(world.settings)
    sessions = make_sessions(engine)
    began = time.perf_counter()
    async with sessions() as session:
        team_ids = await rollups.teams(session)
    for team_id in team_ids:
        async with sessions.begin() as session:
            await rollups.roll_up_team(session, team_id, clock.now())
    async with sessions.begin() as session:
        for subtree in await subtrees.large_subtrees(session):
            await subtrees.keep_figures(session, subtree, clock.now())
    spent = time.perf_counter() - began
    async with engine.connect() as connection:  # as autovacuum does soon after
        settled = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ROLLED_UP:
            await settled.execute(text(f"vacuum analyze {table}"))
    await engine.dispose()
    return spent


@asynccontextmanager
async def _client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Speak as the supervisor of the topmost institution: the last of the seeded staff."""
    app = create_app(world.settings)
    headers = world.doctor(DOCTORS * world.teams + 1)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client,
    ):
        yield client


async def _page(name: str, method: str, path: str, clients: Sequence[httpx.AsyncClient]) -> Page:
    await asyncio.sleep(BETWEEN_S)
    spent: list[list[float]] = [[] for _ in clients]
    body = {"holding": list[str]()} if method == "POST" else None
    for number in range(WARM + ROUNDS):
        for client, times in zip(clients, spent, strict=True):
            began = time.perf_counter()
            answer = await client.request(method, path, json=body)
            if number >= WARM:
                times.append((time.perf_counter() - began) * 1000)
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{path}: {answer.status_code}")
    large, small = spent
    p95 = [quantiles(times, n=20)[-1] for times in spent]
    return Page(name, median(large), p95[0], median(small), p95[1])


def told(found: Supervisor) -> str:
    """Write the table of a run."""
    head = "| a supervisor's page | p50 ms | p95 ms | town p50 ms | town p95 ms | p50 ÷ p50 town |"
    rows = [_row(page) for page in found.pages]
    about = (
        f"Figures of {found.teams} teams rolled up in {found.roll_up_s:.1f} s, "
        f"again in {found.roll_up_again_s:.1f} s. Bar: p50 ÷ p50 town ≤ {BAR}."
    )
    return "\n".join([head, "|---" + "|---:" * 5 + "|", *rows, "", about])


def _row(page: Page) -> str:
    growth = f"{page.growth:.2f}" if page.growth <= BAR else f"**{page.growth:.2f}** ✗"
    times = (page.p50_ms, page.p95_ms, page.town_p50_ms, page.town_p95_ms)
    return f"| {page.name} | " + " | ".join(f"{t:.1f}" for t in times) + f" | {growth} |"
