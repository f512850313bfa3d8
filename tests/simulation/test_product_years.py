"""The product says of every dose and day what the model says: page, flag, alert and rate."""

from datetime import date, datetime

import pytest
from typing_extensions import override

from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from tests.simulation import model_events as e
from tests.simulation.playing import play
from tests.simulation.product import Played, Product
from tests.simulation.years import FIRST_DAY, simulate

# Other seeds are played by hand: what one of them finds is a fault to look into, not a red build.
SEED, ANOTHER = 20271, 7
# One that the database's clock has behind it: its triggers mark the days that change later.
PAST = date(2025, 9, 1)


@pytest.mark.parametrize(
    ("seed", "patients", "days", "first"), [(SEED, 5, 40, FIRST_DAY), (ANOTHER, 3, 30, PAST)]
)
async def test_a_year_of_the_product_agrees_with_the_model(
    committed_database: Sessionmaker,
    settings: Settings,
    seed: int,
    patients: int,
    days: int,
    first: date,
) -> None:
    """Of a few patients; the whole year: python -m tests.simulation.full."""
    year = simulate(seed, patients, first, days=days, busy=6)

    figures = await play(committed_database, settings, year, every=2)

    assert not figures.mismatches, f"seed {seed}\n{figures}"
    assert figures.comparisons > 1000
    assert figures.rolled_up >= 2 * patients


class Forgetful(Product):
    """It says that it took an entry of staff, and did not."""

    @override
    async def play(self, at: datetime, event: e.Event) -> Played:
        return Played() if isinstance(event, e.StaffSaw) else await super().play(at, event)


class Asleep(Product):
    """Its figures of supervision are made once, in the first night."""

    rolled_up: bool = False

    @override
    async def roll_up(self, context: JobContext) -> None:
        if not self.rolled_up:
            await super().roll_up(context)
        self.rolled_up = True


async def test_figures_that_are_not_rolled_up_are_found_out(
    committed_database: Sessionmaker, settings: Settings
) -> None:
    year = simulate(SEED, 2, days=12, busy=6)

    figures = await play(committed_database, settings, year, every=4, kind=Asleep)

    told = {one.what for mismatch in figures.mismatches for one in mismatch.found}
    assert any(what.startswith("day of a team") for what in told)
    assert any(what.startswith("who slips") for what in told)


async def test_a_product_that_forgets_is_found_out(
    committed_database: Sessionmaker, settings: Settings
) -> None:
    year = simulate(SEED, 2, days=12, busy=6)

    figures = await play(committed_database, settings, year, every=4, kind=Forgetful)

    assert figures.mismatches
    assert "IN_PERSON" in str(figures) or "LIVE" in str(figures)
