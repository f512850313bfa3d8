"""Names and numbers as people write them: one normal form each, no character lost unseen."""

import pytest

from app.core.normal_forms import (
    check_phone,
    clean_name,
    normalise_phone,
    plain_number,
    searched_name,
)

FOREIGN_DOTS = "\u30fb\uff65\u2027\uff0e.\u2219\u22c5\u2022\u318d\ua78f\u1427\u2e31\ufe52"
# Of input methods' lists of signs: a ring, a degree, an accent without a letter.
FOREIGN_DOTS += "\u02d9\u00ba\u00b0\u2218\u25e6\u2e30\u22c6"


@pytest.mark.parametrize("dot", FOREIGN_DOTS)
def test_every_dot_of_a_name_is_the_middle_dot(dot: str) -> None:
    assert clean_name(f"热依汗{dot}吐尔逊") == "热依汗·吐尔逊"
    assert clean_name(f"热依汗 {dot} 吐尔逊") == "热依汗·吐尔逊"
    assert searched_name(f"热依汗{dot}吐尔逊") == searched_name("热依汗·吐尔逊")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("冯\u200b前\ufeff导\u2060", "冯前导"),
        ("葛\U000e0100洪\ufe00", "葛洪"),  # which drawing of the character: not another character
        ("\uff37\uff21\uff2e\uff27  \uff2c\uff29", "WANG LI"),
        ("Zoe\u0308 J. Mu\u0308ller", "Zoë J. Müller"),
        ("\uf9dc中", "隆中"),  # a compatibility ideograph
        ("\u2f32吉", "干吉"),  # a radical
        ("龚\ue863", "龚䶮"),  # GB 18030's private letter of before Unicode had one
        ("刘\ue82b", "刘\u9fb6"),
        ("\U00020bb7野", "\U00020bb7野"),
        ("王\U0002ebf0", "王\U0002ebf0"),  # newer than Python's table of Unicode
        ("王\U00031350", "王\U00031350"),
        ("王〇", "王〇"),
    ],
)
def test_a_name_keeps_every_character_that_shows(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept
    assert searched_name(typed) == searched_name(kept)


@pytest.mark.parametrize(
    "typed", ["\u200b\u200b", "·", " \u3000 ", "\u3164", "・\ufeff\uff0e", "—"]
)
def test_a_name_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="至少要有一个字"):
        clean_name(typed)


def test_a_letter_that_one_machine_knows_is_refused_not_dropped() -> None:
    with pytest.raises(ValueError, match="自造字"):
        clean_name("王\ue000")


@pytest.mark.parametrize(
    "typed",
    ["e1234 5678", "\uff25\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "E-1234\u200b5678"],
)
def test_the_number_of_a_passport_has_one_form(typed: str) -> None:
    assert plain_number(typed) == "E12345678"


@pytest.mark.parametrize("typed", ["013711110021", "0137 1111 0021", "+86 013711110021"])
def test_a_mobile_dialled_as_from_another_city_is_the_mobile(typed: str) -> None:
    assert check_phone(typed) == normalise_phone("13711110021") == "13711110021"


@pytest.mark.parametrize("typed", ["01012345678", "075512345678", "023-68001234"])
def test_an_area_code_keeps_its_zero(typed: str) -> None:
    assert check_phone(typed).startswith("0")
