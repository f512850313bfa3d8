"""How pages write dates, ages, doses and rates: formatting only, no decisions."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock
from app.core.words import Mark, Words

CLINIC_ZONE = "Asia/Shanghai"
_CLINIC = ZoneInfo(CLINIC_ZONE)
NOTHING = "—"
_WEEKDAYS = "一二三四五六日"


def _local(value: datetime) -> datetime:
    return value.astimezone(_CLINIC)


def _day_of(value: date) -> date:
    return _local(value).date() if isinstance(value, datetime) else value


def day(value: date | None) -> str:
    """8月5日; the year is added only when it is not this one."""
    return NOTHING if value is None else _day(_day_of(value))


def _day(on: date) -> str:
    this_year = clock.today_in(CLINIC_ZONE).year
    return f"{on.month}月{on.day}日" if on.year == this_year else full_day(on)


def full_day(value: date | None) -> str:
    if value is None:
        return NOTHING
    on = _day_of(value)
    return f"{on.year}年{on.month}月{on.day}日"


def weekday(value: date) -> str:
    return "周" + _WEEKDAYS[_day_of(value).weekday()]


def hour(value: datetime | None) -> str:
    return NOTHING if value is None else _hour(_local(value))


def _hour(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"


def moment(value: datetime | None) -> str:
    if value is None:
        return NOTHING
    at = _local(value)
    return f"{_day(at.date())} {_hour(at)}"


def iso(value: date) -> str:
    return value.isoformat()


def age(birth_on: date, precision: str) -> str:
    """`precision` is a BirthPrecision: of a birth of which only the year is known, 约 75 岁."""
    about = "约 " if precision == "year" else ""
    return f"{about}{years_between(birth_on, clock.today_in(CLINIC_ZONE))} 岁"


def birth(birth_on: date, precision: str) -> str:
    return f"{birth_on.year} 年" if precision == "year" else full_day(birth_on)


def years_between(birth_on: date, on: date) -> int:
    had_birthday = (on.month, on.day) >= (birth_on.month, birth_on.day)
    return on.year - birth_on.year - (not had_birthday)


def percent(rate: float | None) -> str:
    """Round down: 89.98 % is not 90 %, the target beside it. A float's own error is forgiven."""
    return NOTHING if rate is None else f"{floor(rate * 1000 + 1e-6) / 10:.1f}%"


QUARTERS = {Decimal("0.25"): "四分之一", Decimal("0.75"): "四分之三"}


@lru_cache(maxsize=1000)  # the same few counts on every page of a patient
def tablets(count: Decimal | str | float | None) -> str:
    """半片, 3 片, 1 片半, 四分之一片, 1 片又四分之三; anything else as a decimal."""
    if count is None:
        return NOTHING
    number = Decimal(str(count))
    whole, rest = divmod(number, 1)
    if rest == 0:
        return f"{whole:.0f} 片"
    if rest == Decimal("0.5"):
        return f"{whole:.0f} 片半" if whole else "半片"
    if rest in QUARTERS:
        return f"{whole:.0f} 片又{QUARTERS[rest]}" if whole else f"{QUARTERS[rest]}片"
    return f"{number.normalize():f} 片"


def kilograms(weight: Decimal | None) -> str:
    return NOTHING if weight is None else f"{weight.normalize():f} kg"


def seconds(value: float | None) -> str:
    if value is None:
        return NOTHING
    minutes, rest = divmod(round(value), 60)
    if not minutes:
        return f"{rest} 秒"
    return f"{minutes} 分 {rest} 秒" if rest else f"{minutes} 分"


def masked_phone(phone: str) -> str:
    """First three and last two, as WeChat's own rule for shown numbers."""
    return phone[:3] + "*" * max(len(phone) - 5, 0) + phone[-2:]


def masked_name(name: str) -> str:
    return name[:1] + "*" * max(len(name) - 1, 1)


def masked_id_number(number: str | None) -> str:
    return NOTHING if not number else number[0] + "*" * (len(number) - 2) + number[-1]


PLAIN: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        *(day, full_day, weekday, hour, moment, iso, age, birth),
        *(percent, tablets, kilograms, seconds),
        *(masked_phone, masked_name, masked_id_number),
    )
}


def filters_for(known: Words) -> dict[str, Callable[..., Any]]:
    """All filters of the templates; `word`, `words` and `mark` speak with these words."""

    def word(value: str, kind: str) -> str:
        return known.words[kind].get(value, value)

    def words(values: list[str], kind: str) -> str:
        return "、".join(word(v, kind) for v in values) or NOTHING

    def mark(value: str, kind: str = "dose_state") -> Mark:
        return known.marks[kind].get(value) or Mark("question", value, "held")

    return PLAIN | {"word": word, "words": words, "mark": mark}
