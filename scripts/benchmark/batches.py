"""What jobs do in batches: alerts raised, flags compared with the truth."""

import asyncio
import time
from dataclasses import dataclass
from statistics import median

from app.alerts.service import News, raise_alerts
from app.core.db import Sessionmaker, make_engine, make_independent_engine, make_sessions
from app.core.events import LISTENERS
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.medication.alert_kinds import MISSES_IN_ROW, SOURCE
from app.patients.jobs import compare_flags
from scripts.benchmark.world import PATIENT, bench_id

NEWS, ROUNDS = 500, 5  # alerts of a transaction, as the job of misses makes them


@dataclass(frozen=True, slots=True)
class Batches:
    """Alerts and patients a second, and the CPU milliseconds of this process for a thousand."""

    raised_rate: float
    raised_cpu_ms: float
    compared_rate: float
    compared_cpu_ms: float


@dataclass(frozen=True, slots=True)
class _Spent:
    wall_s: float
    cpu_s: float


def measure(settings: Settings, patients: int) -> Batches:
    return asyncio.run(_measure(settings, patients))


async def _measure(settings: Settings, patients: int) -> Batches:
    engine, independent = make_engine(settings), make_independent_engine(settings)
    sessions = make_sessions(engine, independent, **{LISTENERS: FEATURES.listeners})
    count = min(NEWS, patients)
    raised = [await _raise(sessions, count) for _ in range(ROUNDS + 1)][1:]
    context = JobContext(settings, sessions, Storage(settings), FEATURES)
    began, cpu = time.perf_counter(), time.process_time()
    await compare_flags(context)
    compared = _Spent(time.perf_counter() - began, time.process_time() - cpu)
    await engine.dispose()
    await independent.dispose()
    return Batches(
        raised_rate=count / median(spent.wall_s for spent in raised),
        raised_cpu_ms=median(spent.cpu_s for spent in raised) / count * 1e6,
        compared_rate=patients / compared.wall_s,
        compared_cpu_ms=compared.cpu_s / patients * 1e6,
    )


async def _raise(sessions: Sessionmaker, count: int) -> _Spent:
    """Raise one alert for each patient and forget them: the transaction is not committed."""
    news = [
        News(bench_id(PATIENT, n), MISSES_IN_ROW, SOURCE, f"batch-{n}", level=2)
        for n in range(1, count + 1)
    ]
    async with sessions() as session:
        began, cpu = time.perf_counter(), time.process_time()
        raised = await raise_alerts(session, news)
        spent = _Spent(time.perf_counter() - began, time.process_time() - cpu)
    if len(raised) != count:
        raise RuntimeError(f"{len(raised)} of {count} alerts were raised")
    return spent
