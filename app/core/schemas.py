"""Shared shapes of what comes in and goes out: bases, clean text, phones, bounded times."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.core import clock

# They have a width or a letter's category and yet show nothing.
_BLANK_LOOKING = {"\u115f", "\u1160", "\u2800"}
_PHONE = re.compile(r"(1[3-9][0-9]{9}|0[0-9]{9,11})")
# What a phone kept while it was offline may be a month old; its clock may be a day ahead.
PHONE_TIME_BEHIND, PHONE_TIME_AHEAD = timedelta(days=30), timedelta(days=1)
# No plan of a programme is longer; the year 9999 is a typing slip.
EARLIEST_DAY, LONGEST_AHEAD = date(2000, 1, 1), timedelta(days=3 * 366)
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}$|0[0-9]{9,11}$)")


class Input(BaseModel):
    """What a caller sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """What is answered: built from a row or by hand, without defaults."""

    model_config = ConfigDict(from_attributes=True)


def _is_visible(character: str) -> bool:
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    return not hidden and character not in _BLANK_LOOKING


def _not_empty(text: str) -> str:
    if not any(character.isalnum() for character in text):
        raise ValueError("请填写这一项。")
    return text


def clean_line(typed: str) -> str:
    """One line in NFKC, without invisible characters, each gap one space.

    ValueError (in Chinese) when no letter or digit is left.
    """
    words = unicodedata.normalize("NFKC", typed).split()
    return _not_empty(" ".join("".join(filter(_is_visible, " ".join(words))).split()))


def clean_note(typed: str) -> str:
    """As `clean_line`, but line breaks stay."""
    plain = unicodedata.normalize("NFKC", typed).replace("\r\n", "\n").replace("\r", "\n")
    return _not_empty("".join(c for c in plain if c == "\n" or _is_visible(c)).strip())


def normalise_phone(typed: str) -> str:
    """Reduce a number as people paste it to its digits, without +86.

    What is no phone comes back cleaned and otherwise as it was.
    """
    plain = unicodedata.normalize("NFKC", typed)
    kept = (c for c in plain if _is_visible(c) and unicodedata.category(c) != "Pd")
    return _COUNTRY.sub("", re.sub(r"[\s()./\u2212]", "", "".join(kept)), count=1)


def check_phone(typed: str) -> str:
    """Take a mobile of 11 digits, or a landline with its area code; ValueError otherwise."""
    plain = normalise_phone(typed)
    if not _PHONE.fullmatch(plain):
        raise ValueError("请填写 11 位手机号，或带区号的座机号。")
    return plain


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
LongLine = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean_line)]
Note = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean_note)]
Phone = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(check_phone)]
# Every time that a phone or a browser says, so that no row holds one that Python cannot read.
PhoneTime = Annotated[AwareDatetime, AfterValidator(_phone_time)]
# Every day that a person plans with.
NearDay = Annotated[date, AfterValidator(_near_day)]
# `\d` of a pattern takes the digits of all scripts.
FourDigits = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
