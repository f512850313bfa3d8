"""GB 11643: the checksum, the day and the sex in an identity number."""

from datetime import date

import pytest

from app.patients import id_number
from app.patients.models import Sex

MAN = "11010519491231002X"


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        (MAN, True),  # the example of the standard
        ("110105194912310021", False),  # wrong check character
        ("110105194913310022", False),  # no such month
        ("010105194912310028", False),  # no region begins with 0
        ("11010519491231002", False),  # 17 characters
        ("abc", False),
    ],
)
def test_number_is_valid_only_with_right_check_and_day(number: str, valid: bool) -> None:
    assert id_number.is_valid(number) is valid


def test_number_carries_birth_and_sex() -> None:
    assert id_number.birth_on(MAN) == date(1949, 12, 31)
    assert id_number.sex(MAN) is Sex.FEMALE  # an even 17th digit
    assert id_number.sex(MAN[:16] + "1X") is Sex.MALE


def test_check_character_makes_any_number_whole() -> None:
    first = "11010119580302004"

    assert id_number.is_valid(first + id_number.check_character(first))


def test_day_outside_the_calendar_is_none() -> None:
    assert id_number.birth_on("110105194902300000") is None


def test_typed_number_loses_spaces_and_small_x() -> None:
    assert id_number.normalise(" 110105 19491231-002x ") == MAN
