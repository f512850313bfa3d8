"""The resident identity number of GB 11643: checksum, birth date and sex inside it."""

import re
from datetime import date

from app.patients.models import Sex

_SHAPE = re.compile(r"^[1-9][0-9]{16}[0-9X]$")
_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
_CHECKS = "10X98765432"


def normalise(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).upper()


def check_character(first_17: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def is_valid(number: str) -> bool:
    shaped = _SHAPE.match(number) is not None
    return shaped and check_character(number[:17]) == number[17] and birth_on(number) is not None


def birth_on(number: str) -> date | None:
    """None when the digits are no day of any calendar."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex(number: str) -> Sex:
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
