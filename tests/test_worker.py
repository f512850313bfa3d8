"""The worker's patience: how soon a failed job is tried again, and when it gives up."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from procrastinate.jobs import Job

from app.media.places import remove_left_places
from app.worker import Doubling


def _after(attempts: int, strategy: Doubling) -> float | None:
    job = Job(
        id=1, status="doing", queue="video", lock=None, queueing_lock=None,
        task_name="medication.film_arrived", attempts=attempts,
    )  # fmt: skip
    decision = strategy.get_retry_decision(exception=OSError(), job=job)
    if decision is None:
        return None
    assert decision.retry_at is not None
    return round((decision.retry_at - datetime.now(UTC)).total_seconds())


def test_a_film_never_waits_hours_for_a_storage_that_is_back() -> None:
    waits = [_after(n, Doubling(attempts=8, first_wait_s=10)) for n in range(9)]

    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, None]


def test_films_of_a_killed_worker_are_removed_and_running_work_is_not(tmp_path: Path) -> None:
    left, running, other = (tmp_path / n for n in ("weibu-media-a", "weibu-media-b", "other"))
    for place in (left, running, other):
        place.mkdir()
        (place / "source").write_bytes(b"a patient's film")
    for place in (left, other):
        os.utime(place, (time.time() - 7200,) * 2)

    remove_left_places(tmp_path)

    assert [p.exists() for p in (left, running, other)] == [False, True, True]
