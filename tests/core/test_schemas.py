"""Text and phones from outside: clean, visible, found again."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core import clock
from app.core.normal_forms import normalise_phone
from app.core.schemas import (
    FourDigits,
    Line,
    NearDay,
    Note,
    Phone,
    PhoneTime,
)


def wide(plain: str) -> str:
    """Write ASCII in the full width of a Chinese keyboard."""
    return "".join(chr(ord(c) + 0xFEE0) for c in plain)


LINE, NOTE, PHONE = TypeAdapter(Line), TypeAdapter(Note), TypeAdapter(Phone)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("青山镇卫生院", "青山镇卫生院"),
        ("  青山镇 \t 卫生院\n", "青山镇 卫生院"),
        ("青山镇\u200b卫生院", "青山镇卫生院"),
        (wide("A") + "区" + wide("1") + "号", "A区1号"),
        ("王\u202e医生", "王医生"),
    ],
)
def test_a_line_is_kept_clean(typed: str, kept: str) -> None:
    assert LINE.validate_python(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "   ", "\u200b\u200b", "·", "\u3164", "\u2800", "\x00", "…—"]
)
def test_a_line_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(typed)


def test_a_line_has_eighty_characters_and_no_more() -> None:
    assert LINE.validate_python("长" * 80)
    with pytest.raises(ValidationError):
        LINE.validate_python("长" * 81)


def test_a_note_keeps_its_line_breaks() -> None:
    assert NOTE.validate_python("上午\r\n下午\u200b\r晚上\n") == "上午\n下午\n晚上"


@pytest.mark.parametrize(
    "typed",
    [
        "13711100200", "137 1110 0200", "137-1110-0200", "+86 137 1110 0200", "+8613711100200",
        "0086-13711100200", "8613711100200", wide("13711100200"), "137111" + wide("00200"),
        "137\u20111110\u20110200", "\u202a13711100200\u202c", "137\u00a01110\u00a00200",
        "(137)11100200", "137—1110—0200", "137.1110.0200",
    ],
)  # fmt: skip
def test_a_mobile_is_taken_as_people_paste_it(typed: str) -> None:
    assert PHONE.validate_python(typed) == "13711100200"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("023-68001234", "02368001234"),
        ("（0816）2345678", "08162345678"),
        ("+86 023 68001234", "02368001234"),
        ("19912345678", "19912345678"),
        ("17012345678", "17012345678"),
    ],
)
def test_landlines_and_new_mobiles_are_taken(typed: str, kept: str) -> None:
    assert PHONE.validate_python(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["120", "1371110020", "137111002000", "12711100200", "68001234", "+1 202 555 0100", "无",
     "٠١٢٣٤٥٦٧٨٩"],
)  # fmt: skip
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        PHONE.validate_python(typed)


def test_an_id_number_is_not_shortened_like_a_phone() -> None:
    assert normalise_phone("86010519491231002X") == "86010519491231002X"


TIME, DAY, DIGITS = TypeAdapter(PhoneTime), TypeAdapter(NearDay), TypeAdapter(FourDigits)
AT = datetime(2026, 9, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "sent", [AT, AT - timedelta(days=30), AT + timedelta(days=1), "2026-09-10T12:00:00+08:00"]
)
def test_a_time_of_a_phone_near_ours_is_taken(sent: object) -> None:
    with clock.frozen(AT):
        assert abs(TIME.validate_python(sent) - AT) <= timedelta(days=30)


@pytest.mark.parametrize(
    "sent",
    [
        AT - timedelta(days=30, seconds=1),
        AT + timedelta(days=1, seconds=1),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
        datetime(2026, 9, 10, 4),  # noqa: DTZ001 a phone that does not say where it is
    ],
)
def test_a_time_of_a_phone_far_from_ours_is_refused(sent: datetime) -> None:
    with clock.frozen(AT), pytest.raises(ValidationError):
        TIME.validate_python(sent)


def test_a_day_of_a_plan_lies_within_three_years() -> None:
    with clock.frozen(AT):
        for near in (date(2000, 1, 1), date(2026, 9, 10), date(2029, 9, 10)):
            assert DAY.validate_python(near) == near
        for far in (date(1, 1, 1), date(1999, 12, 31), date(2029, 9, 14), date(9999, 12, 31)):
            with pytest.raises(ValidationError):
                DAY.validate_python(far)


@pytest.mark.parametrize("typed", ["٠١٢٣", wide("1234"), "123", "12345", "1234\n"])
def test_digits_are_those_of_ascii(typed: str) -> None:
    assert DIGITS.validate_python("0123") == "0123"
    with pytest.raises(ValidationError):
        DIGITS.validate_python(typed)


@pytest.mark.parametrize(
    "typed", ["已打电话，症状消失（可以继续）。", "３片；２次", "第一行\n第二行"]
)
def test_a_note_keeps_the_punctuation_of_its_writer(typed: str) -> None:
    assert NOTE.validate_python(typed) == typed


@pytest.mark.parametrize("blank", ["\u200b", "\u3164", " \u2060\n"])
def test_a_note_of_nothing_is_refused(blank: str) -> None:
    with pytest.raises(ValidationError):
        NOTE.validate_python(blank)
