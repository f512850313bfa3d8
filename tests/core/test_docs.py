"""The tables under /docs are whole and tell no secret."""

import httpx
import pytest

from app.core import documented
from app.core.docs import PAGES
from app.core.problems import Problem
from app.core.settings import Settings
from app.features import FEATURES


@pytest.mark.parametrize("address", PAGES)
async def test_tables_are_shown_without_a_login(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)

    assert answer.status_code == 200
    assert PAGES[address] in answer.text


async def test_settings_are_shown_without_values_of_this_system(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    answer = await client.get("/docs/settings")

    assert "LOOKUP_KEY" in answer.text
    assert settings.lookup_key.get_secret_value() not in answer.text
    assert settings.database_url.get_secret_value() not in answer.text


def test_every_setting_has_a_meaning() -> None:
    rows = documented.settings_table().rows

    assert {row[0] for row in rows} == {name.upper() for name in Settings.model_fields}
    assert [name for name, _, meaning in rows if not meaning] == []


def test_every_problem_has_a_title_of_its_own() -> None:
    rows = documented.problems_table().rows
    inherited = Problem.title

    assert len(rows) == len({row[0] for row in rows})
    assert [row for row in rows if row[0] == "about:blank" or row[2] == inherited] == []


def test_every_job_says_what_it_does() -> None:
    rows = documented.jobs_table(FEATURES).rows

    assert {row[0] for row in rows} == FEATURES.jobs.keys()
    assert [name for name, *_, does in rows if not does.endswith(".")] == []


def test_heavy_jobs_of_the_day_run_at_night_in_china() -> None:
    daily = {
        job.name: int(hour)
        for job in FEATURES.jobs.values()
        if job.cron and (hour := job.cron.split()[1]).isdigit()
    }

    assert daily
    assert {name: hour for name, hour in daily.items() if not 17 <= hour < 20} == {}


def test_no_two_daily_jobs_begin_together() -> None:
    daily = [job.cron for job in FEATURES.jobs.values() if job.cron and job.cron.split()[1] != "*"]

    assert len(daily) == len(set(daily))
