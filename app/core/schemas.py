"""Shared shapes of what comes in and goes out: bases, clean text, phones, bounded times."""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.core import clock
from app.core.normal_forms import check_phone, clean_line, clean_name, clean_note

# What a phone kept while it was offline may be a month old; its clock may be a day ahead.
PHONE_TIME_BEHIND, PHONE_TIME_AHEAD = timedelta(days=30), timedelta(days=1)
# No plan of a programme is longer; the year 9999 is a typing slip.
EARLIEST_DAY, LONGEST_AHEAD = date(2000, 1, 1), timedelta(days=3 * 366)


class Input(BaseModel):
    """What a caller sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """What is answered: built from a row or by hand, without defaults."""

    model_config = ConfigDict(from_attributes=True)


def _phone_time(sent: datetime) -> datetime:
    at = clock.now()
    if not at - PHONE_TIME_BEHIND <= sent <= at + PHONE_TIME_AHEAD:
        raise ValueError("手机的时间不对，请打开自动设置时间再试。")
    return sent


def _near_day(typed: date) -> date:
    if not EARLIEST_DAY <= typed <= clock.now().date() + LONGEST_AHEAD:
        raise ValueError("日期太远，请核对年份。")
    return typed


# Every text that a person types and another reads is one of these, never a bare `str`.
Line = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(clean_line)]
ShortLine = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(clean_line)]
MediumLine = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(clean_line)]
# Of people, institutions and teams: found again however it is typed.
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(clean_name)]
LongLine = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean_line)]
Note = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean_note)]
Phone = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(check_phone)]
# Every time that a phone or a browser says, so that no row holds one that Python cannot read.
PhoneTime = Annotated[AwareDatetime, AfterValidator(_phone_time)]
# Every day that a person plans with.
NearDay = Annotated[date, AfterValidator(_near_day)]
# `\d` of a pattern takes the digits of all scripts.
FourDigits = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
