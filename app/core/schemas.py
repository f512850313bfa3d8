"""Shared shapes of what comes in and goes out: bases, clean text, phones."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# They have a width or a letter's category and yet show nothing.
_BLANK_LOOKING = {"\u115f", "\u1160", "\u2800"}
_PHONE = re.compile(r"(1[3-9][0-9]{9}|0[0-9]{9,11})")
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


Line = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(clean_line)]
Note = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean_note)]
Phone = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(check_phone)]
