"""The product says of every dose and day what the model says: page, flag, alert and rate."""

import secrets

import pytest

from app.core.db import Sessionmaker
from app.core.settings import Settings
from tests.simulation.playing import play
from tests.simulation.years import simulate

SEED, ANOTHER = 20271, secrets.randbelow(1_000_000)


@pytest.mark.parametrize(
    ("seed", "patients", "days"), [(SEED, 6, 45), (ANOTHER, 4, 40)], ids=["same", "another"]
)
async def test_a_year_of_the_product_agrees_with_the_model(
    committed_database: Sessionmaker, settings: Settings, seed: int, patients: int, days: int
) -> None:
    """Of a few patients; the whole year: python -m tests.simulation.full."""
    year = simulate(seed, patients, days=days, busy=6)

    figures = await play(committed_database, settings, year, every=2)

    assert not figures.mismatches, f"seed {seed}\n{figures}"
    assert figures.comparisons > 1000
