"""Opening hours: what is taken, and how they read."""

import pytest

from app.institutions.hours import Span, describe_week, read_span, read_week, write_week

OFFICE = ["08:00-12:00", "14:00-17:30"]


def test_hours_are_minutes_since_midnight() -> None:
    assert read_span("08:30-12:00") == Span(510, 720)
    assert read_span("00:00-24:00") == Span(0, 1440)


@pytest.mark.parametrize(
    "written",
    ["", "8:00-12:00", "08:00–12:00", "08:00-08:00", "12:00-08:00", "08:60-12:00", "25:00-26:00",
     "00:00-24:01", "08:00-12:00 ", "٠٨:00-12:00"],
)  # fmt: skip
def test_what_is_no_span_of_one_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="时间"):
        read_span(written)


def test_spans_may_touch_and_not_overlap() -> None:
    assert read_week({"1": ["12:00-14:00", "08:00-12:00"]})[1] == (Span(480, 720), Span(720, 840))
    with pytest.raises(ValueError, match="重叠"):
        read_week({"1": ["08:00-12:01", "12:00-14:00"]})


def test_a_week_is_written_as_it_was_read_in_the_order_of_the_day() -> None:
    sent = {"6": [], "2": ["14:00-17:30", "08:00-12:00"], "1": OFFICE}

    assert write_week(read_week(sent)) == {"1": OFFICE, "2": OFFICE}
    assert read_week(None) == {}


@pytest.mark.parametrize(
    ("week", "lines"),
    [
        ({}, []),
        ({str(d): OFFICE for d in range(1, 6)}, ["周一至周五 08:00–12:00、14:00–17:30"]),
        ({str(d): ["00:00-24:00"] for d in range(1, 8)}, ["每天 00:00–24:00"]),
        ({"6": ["08:30-12:00"], "7": ["08:30-12:00"]}, ["周六、周日 08:30–12:00"]),
        (
            {"1": OFFICE, "3": OFFICE, "7": ["09:00-10:00"]},
            [
                "周一 08:00–12:00、14:00–17:30",
                "周三 08:00–12:00、14:00–17:30",
                "周日 09:00–10:00",
            ],
        ),
    ],
)
def test_a_week_reads_in_runs_of_days(week: dict[str, list[str]], lines: list[str]) -> None:
    assert describe_week(read_week(week)) == lines
