"""How pages write dates, doses and rates."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.core import clock, filters
from app.features import FEATURES

AT = datetime(2026, 8, 5, 0, 5, tzinfo=UTC)  # 08:05 in the clinic's zone

NAMED = filters.filters_for(FEATURES.words)


@pytest.fixture(autouse=True)
def _this_year() -> Any:
    with clock.frozen(datetime(2026, 9, 10, 4, tzinfo=UTC)):
        yield


@pytest.mark.parametrize(
    ("write", "given", "shown"),
    [
        (filters.day, (date(2026, 8, 5),), "8月5日"),
        (filters.day, (date(2025, 8, 5),), "2025年8月5日"),
        (filters.day, (datetime(2026, 8, 4, 17, tzinfo=UTC),), "8月5日"),
        (filters.day, (None,), "—"),
        (filters.full_day, (date(2026, 8, 5),), "2026年8月5日"),
        (filters.full_day, (None,), "—"),
        (filters.weekday, (date(2026, 8, 5),), "周三"),
        (filters.hour, (AT,), "08:05"),
        (filters.hour, (None,), "—"),
        (filters.moment, (AT,), "8月5日 08:05"),
        (filters.moment, (None,), "—"),
        (filters.iso, (date(2026, 8, 5),), "2026-08-05"),
        (filters.age, (date(1958, 9, 10), "day"), "68 岁"),
        (filters.age, (date(1958, 9, 11), "day"), "67 岁"),
        (filters.age, (date(1951, 1, 1), "year"), "约 75 岁"),
        (filters.birth, (date(1951, 1, 1), "year"), "1951 年"),
        (filters.birth, (date(1951, 5, 6), "day"), "1951年5月6日"),
        (filters.percent, (0.9333,), "93.3%"),
        (filters.percent, (0,), "0.0%"),
        (filters.percent, (0.8998,), "89.9%"),
        (filters.percent, (0.89999999,), "89.9%"),
        (filters.percent, (0.9,), "90.0%"),
        (filters.percent, (0.57,), "57.0%"),
        (filters.percent, (1,), "100.0%"),
        (filters.percent, (None,), "—"),
        (filters.tablets, ("3",), "3 片"),
        (filters.tablets, (Decimal("0.5"),), "半片"),
        (filters.tablets, ("1.50",), "1 片半"),
        (filters.tablets, ("0.25",), "四分之一片"),
        (filters.tablets, ("0.750",), "四分之三片"),
        (filters.tablets, ("2.25",), "2 片又四分之一"),
        (filters.tablets, ("0.3",), "0.3 片"),
        (filters.tablets, (None,), "—"),
        (filters.kilograms, (Decimal("52.0"),), "52 kg"),
        (filters.kilograms, (None,), "—"),
        (filters.seconds, (14.6,), "15 秒"),
        (filters.seconds, (60,), "1 分"),
        (filters.seconds, (83,), "1 分 23 秒"),
        (filters.seconds, (None,), "—"),
        (filters.masked_phone, ("13800001234",), "138******34"),
        (filters.masked_name, ("李桂英",), "李**"),
        (filters.masked_name, ("李",), "李*"),
        (filters.masked_id_number, ("11010519491231002X",), "1****************X"),
        (filters.masked_id_number, (None,), "—"),
        (
            NAMED["word"],
            (
                "morning",
                "slot",
            ),
            "早上",
        ),
        (
            NAMED["words"],
            (
                ["tuberculosis", "diabetes"],
                "condition",
            ),
            "结核病、糖尿病",
        ),
        (
            NAMED["words"],
            (
                [],
                "condition",
            ),
            "—",
        ),
    ],
)
def test_value_is_written_as_a_neighbour_would(
    write: Callable[..., str], given: tuple[Any, ...], shown: str
) -> None:
    assert write(*given) == shown


def test_state_is_icon_word_and_colour() -> None:
    assert NAMED["mark"]("missed") == ("alert", "漏服", "danger")
    assert NAMED["mark"]("bound", "binding").word == "已绑定"


def test_unknown_state_is_shown_as_it_is() -> None:
    assert NAMED["mark"]("new_state").word == "new_state"
