"""Opening hours of a week: read, checked, and told in words."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

_SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_WEEKDAYS = "一二三四五六日"
END_OF_DAY_MIN = 24 * 60


class Span(NamedTuple):
    """Minutes since midnight, 0 to 1440; the end is not included."""

    opens_min: int
    closes_min: int


# By ISO weekday, 1 for Monday; a day without spans is closed.
Week = Mapping[int, tuple[Span, ...]]


def read_span(written: str) -> Span:
    """Read "08:00-12:00"; ValueError (in Chinese) when it is no span of one day."""
    matched = _SPAN.fullmatch(written)
    if matched is None:
        raise ValueError("时间请按 08:00-12:00 填写。")
    first_h, first_min, last_h, last_min = map(int, matched.groups())
    span = Span(first_h * 60 + first_min, last_h * 60 + last_min)
    if not span.opens_min < span.closes_min <= END_OF_DAY_MIN:
        raise ValueError("关门时间要晚于开门时间。")
    return span


def read_spans(written: Sequence[str]) -> tuple[Span, ...]:
    """Read one day's spans in the order of the day; ValueError when two overlap."""
    spans = tuple(sorted(read_span(one) for one in written))
    if any(later.opens_min < earlier.closes_min for earlier, later in pairwise(spans)):
        raise ValueError("同一天的时间段不能重叠。")
    return spans


def read_week(stored: Mapping[str, Sequence[str]] | None) -> Week:
    """Read what a column or a request holds: spans by weekday, "1" for Monday."""
    days = ((int(day), read_spans(spans)) for day, spans in sorted((stored or {}).items()))
    return {day: spans for day, spans in days if spans}


def write_week(week: Week) -> dict[str, list[str]]:
    """Write it as the column holds it: sorted, closed days left out."""
    return {
        str(day): [f"{_hour(s.opens_min)}-{_hour(s.closes_min)}" for s in spans]
        for day, spans in sorted(week.items())
    }


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def describe_week(week: Week) -> list[str]:
    """Tell it a line for each run of days alike: 周一至周五 08:00–12:00、14:00–17:30."""
    lines = []
    for spans, run in groupby(range(1, 8), lambda day: week.get(day, ())):
        days = list(run)
        if spans:
            hours = "、".join(f"{_hour(s.opens_min)}–{_hour(s.closes_min)}" for s in spans)
            lines.append(f"{_days(days)} {hours}")
    return lines


def _days(days: Sequence[int]) -> str:
    first, last = (f"周{_WEEKDAYS[day - 1]}" for day in (days[0], days[-1]))
    match len(days):
        case 1:
            return first
        case 2:
            return f"{first}、{last}"
        case 7:
            return "每天"
        case _:
            return f"{first}至{last}"
