"""The day of a dose begins at 03:00: nobody asks the calendar which day it is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "app/medication"
CALENDAR = re.compile(r"clock\.today_in\(|\)\.date\(\)")
REASONS = {
    "routes/doses.py": "the day on which a film is deleted",
    "service/rollups.py": "the days whose figures are made anew, one more on either side",
    "service/alike.py": "a bound that is a day wide of what it holds",
    "service/misses.py": "a bound that is days wide of what it holds",
    "queries/misses.py": "a bound that is a day wide of what it holds",
    "queries/rejections.py": "a bound that is a day wide of what it holds",
}


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_file_asks_for_the_dose_day_or_says_why_not(file: Path) -> None:
    asks_the_calendar = CALENDAR.search(file.read_text()) is not None

    assert asks_the_calendar is (str(file.relative_to(ROOT)) in REASONS)
