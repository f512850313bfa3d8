"""The product says of every dose and day what the model says."""

import pytest

from app.core.db import Sessionmaker
from app.core.settings import Settings
from tests.simulation.playing import play
from tests.simulation.years import simulate


@pytest.mark.parametrize(("seed", "patients", "days"), [(20271, 4, 60)])
async def test_a_year_of_the_product_agrees_with_the_model(
    committed_database: Sessionmaker, settings: Settings, seed: int, patients: int, days: int
) -> None:
    figures = await play(committed_database, settings, simulate(seed, patients, days=days))

    assert not figures.mismatches, f"seed {seed}\n{figures}"
