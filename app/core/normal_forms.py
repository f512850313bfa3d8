"""One normal form each for what people write of a person: names, numbers, phones, lines, notes.

Used where such text is written and where it is searched for, so that one form finds the other.
Everything is NFKC, without invisible characters; ValueError (in Chinese) says what is wrong.
"""

import re
import unicodedata

# They have a width, or a letter's or a mark's category, and yet show nothing.
_BLANK_LOOKING = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800}
_SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
# Planes of ideographs: Python's table of Unicode is older than the characters of some names.
_IDEOGRAPHS = range(0x20000, 0x3FFFE)
# GB 18030-2000 put these into the private-use area from U+E815 on, in this order, until Unicode
# had them; old input methods and identity-card readers still send them so.
_FIRST_PRIVATE = 0xE815
_ONCE_PRIVATE = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌"
    "龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
_STANDARD = {_FIRST_PRIVATE + at: c for at, c in enumerate(_ONCE_PRIVATE)} | {
    0xE7C7: "ḿ",
    0xE7C8: "ǹ",
}
# Dots that are letters to Unicode, or that NFKC would take apart: into a Korean vowel, an "o", an
# accent on what comes next.
_DOT_LETTERS = dict.fromkeys([0x318D, 0x119E, 0x1427, 0xA78F, 0x00BA, 0x02D9], "·")
_BEFORE_NFKC = _STANDARD | _DOT_LETTERS
_HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_DOT = "·•・‧∙⋅⸱⸳⦁●᛫°∘◦⸰⋆"
_ANY_DOT = re.compile(rf"\s*[{_DOT}]+\s*")
_POINT_IN_HAN = re.compile(rf"(?<=[{_HAN}])\s*[.。]+\s*(?=[{_HAN}])")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}$|0[0-9]{9,11}$)")
# Of a mobile, as it was dialled from another city; no area code but 010 begins with 01.
_TRUNK = re.compile(r"^0(?=1[3-9][0-9]{9}$)")
_PHONE = re.compile(r"(1[3-9][0-9]{9}|0[0-9]{9,11})")


def _nfkc(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed.translate(_BEFORE_NFKC))


def _is_visible(character: str) -> bool:
    code = ord(character)
    if code in _BLANK_LOOKING or any(code in selectors for selectors in _SELECTORS):
        return False
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    return not hidden or code in _IDEOGRAPHS


def _is_letter(character: str) -> bool:
    return character.isalnum() or ord(character) in _IDEOGRAPHS


def _not_empty(text: str) -> str:
    if not any(_is_letter(character) for character in text):
        raise ValueError("请填写这一项。")
    return text


def _line(typed: str) -> str:
    words = _nfkc(typed).split()
    return " ".join("".join(filter(_is_visible, " ".join(words))).split())


def clean_line(typed: str) -> str:
    """One line, each gap one space; ValueError when no letter or digit is left."""
    return _not_empty(_line(typed))


def clean_note(typed: str) -> str:
    """Drop what nobody sees; line breaks and the writer's own punctuation stay."""
    plain = unicodedata.normalize("NFC", typed).replace("\r\n", "\n").replace("\r", "\n")
    return _not_empty("".join(c for c in plain if c == "\n" or _is_seen(c)).strip())


def _is_seen(character: str) -> bool:
    """Say that neither it nor what it is compatible with looks like nothing."""
    return _is_visible(character) and all(_is_visible(c) for c in _nfkc(character))


def clean_name(typed: str) -> str:
    """As `clean_line`, with one middle dot for all that people type for it.

    A character that only one machine knows is refused: dropped, it would make another name.
    """
    if any(unicodedata.category(c) == "Co" for c in _nfkc(typed)):
        raise ValueError("名字里有自造字，别的电脑认不出，请换成标准字或拼音。")
    dotted = _POINT_IN_HAN.sub("·", _ANY_DOT.sub("·", _line(typed)))
    name = dotted.strip("· ")
    if not any(_is_letter(character) for character in name):
        raise ValueError("请填写名字：至少要有一个字。")
    return name


def searched_name(typed: str) -> str:
    """Keep what of a name is compared: letters and digits, in one case; may be empty."""
    plain = (c for c in _nfkc(typed) if _is_visible(c))
    return "".join(c for c in plain if _is_letter(c) or _is_mark(c)).casefold()


def _is_mark(character: str) -> bool:
    """Say whether it belongs to the letter before it, as vowels do in Tibetan."""
    return unicodedata.category(character).startswith("M")


def parts_of_name(typed: str) -> list[str]:
    """Split at dots, gaps and hyphens; each part as `searched_name` makes it, none empty."""
    gaps = "".join(c if _is_letter(c) or _is_mark(c) else " " for c in clean_or_same(typed))
    return [part for word in gaps.split() if (part := searched_name(word))]


def clean_or_same(typed: str) -> str:
    """Clean a name that was written before names were checked; what is none stays as it was."""
    try:
        return clean_name(typed)
    except ValueError:
        return typed


def plain_number(typed: str) -> str:
    """Reduce the number of a document to its capital letters and digits, as far as it has them."""
    kept = (c for c in _nfkc(typed) if _is_visible(c) and unicodedata.category(c) != "Pd")
    return re.sub(r"[\s.·\u2212]", "", "".join(kept)).upper()


def normalise_phone(typed: str) -> str:
    """Reduce a number as people paste it to its digits, without +86, a mobile's without a 0.

    What is no phone comes back cleaned and otherwise as it was.
    """
    kept = (c for c in _nfkc(typed) if _is_visible(c) and unicodedata.category(c) != "Pd")
    digits = re.sub(rf"[\s()./\u2212{_DOT}]", "", "".join(kept))
    return _TRUNK.sub("", _COUNTRY.sub("", digits, count=1))


def check_phone(typed: str) -> str:
    """Take a mobile of 11 digits, or a landline with its area code; ValueError otherwise."""
    plain = normalise_phone(typed)
    if not _PHONE.fullmatch(plain):
        raise ValueError("请填写 11 位手机号，或带区号的座机号。")
    return plain
