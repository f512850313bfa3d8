"""How an encrypted record is found: keyed hashes of the few things that people search by."""

import re
from collections.abc import Iterator
from typing import Any

from app.core.crypto import keyring
from app.core.normal_forms import normalise_phone, parts_of_name, plain_number, searched_name
from app.patients import id_number as resident
from app.patients.models import DocumentKind
from app.patients.pinyin import initials_of

ID_LENGTH = 18
LAST_DIGITS = 4
# Raise it with every change of what is made of a name or a number: `python -m app.release` then
# brings the rows of before to it.
KEYS_VERSION = 2
# One letter would list half of all patients.
FEWEST_INITIALS = 2
# Surnames of two characters; in a name of four or more the given name may begin at either place.
_TWO_CHARACTERS = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 令狐 慕容 司徒 司空 夏侯 轩辕 长孙 宇文 闻人 端木"
    " 百里 东郭 南宫 呼延 申屠 淳于 单于 太叔 公羊 澹台 公冶 宗政 濮阳 钟离 鲜于 闾丘 亓官 仲孙"
    " 拓跋 赫连 独孤 西门 第五 梁丘 左丘 东门 谷梁 段干 纳兰 完颜 万俟"
)
LONG_NAME = 4
_INITIALS = re.compile(r"[a-z]{2,40}")
_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003fffd]+")
_DIGIT = re.compile(r"[0-9]")
_NUMBERED = [kind for kind in DocumentKind if kind is not DocumentKind.RESIDENT_ID]


def _key(kind: str, value: str) -> str:
    return keyring().lookup_hash(f"patient.{kind}", value)


def document_hash(number: str, kind: DocumentKind = DocumentKind.RESIDENT_ID) -> str:
    """Equal numbers of two kinds of document are two numbers."""
    if kind is DocumentKind.RESIDENT_ID:
        return _key("id_number", resident.normalise(number))
    return _key(f"document.{kind.value}", plain_number(number))


def keys_of_phone(phone: str) -> set[str]:
    """Make those of the whole number and of its last four digits."""
    plain = normalise_phone(phone)
    return {_key("phone", plain), _key("phone_end", plain[-LAST_DIGITS:])}


def whole_phone_key(phone: str) -> str:
    return _key("phone", normalise_phone(phone))


def whole_name_key(name: str) -> str:
    return _key("name", searched_name(name))


def _beginnings(text: str, shortest: int = 1) -> Iterator[str]:
    return (text[:length] for length in range(shortest, len(text) + 1))


def _wordings(parts: list[str]) -> list[str]:
    """List the whole name, and what is left of it without the surname or the first parts."""
    later = ["".join(parts[at:]) for at in range(1, len(parts))]
    given = _given_names(parts[0]) if len(parts) == 1 and _HAN.fullmatch(parts[0]) else []
    return ["".join(parts), *later, *given]


def _given_names(name: str) -> list[str]:
    if name[:2] in _TWO_CHARACTERS:
        return [name[2:]] if name[2:] else []
    starts = (1, 2) if len(name) >= LONG_NAME else (1,)
    return [name[start:] for start in starts]


def _initials(wordings: list[str], parts: list[str]) -> set[str]:
    """Of Chinese characters by their readings, of a name in letters by its words."""
    if all(re.fullmatch(r"[a-z]+", part) for part in parts):
        every = ["".join(part[0] for part in parts)]
    else:
        every = [way for wording in wordings for way in initials_of(wording)]
    return {start for way in every for start in _beginnings(way, FEWEST_INITIALS)}


def _keys_of_name(name: str) -> set[str]:
    parts = parts_of_name(name)
    wordings = [wording for wording in _wordings(parts) if wording]
    keys = {_key("name", start) for wording in wordings for start in _beginnings(wording)}
    return keys | {_key("initials", start) for start in _initials(wordings, parts)}


def search_keys_of(
    name: str,
    phone: str,
    id_number: str | None,
    kind: DocumentKind = DocumentKind.RESIDENT_ID,
) -> list[str]:
    """Beginnings of the name, of the given name and of their initials; phone, its end, document."""
    keys = _keys_of_name(name) | keys_of_phone(phone)
    if id_number:
        keys.add(document_hash(id_number, kind))
    return sorted(keys)


def columns_to_find(
    name: str, phone: str, document: tuple[DocumentKind, str | None], guardian_phone: str | None
) -> dict[str, Any]:
    """Make all columns by which a record is found: every writer of one sets them together."""
    kind, number = document
    keys = set(search_keys_of(name, phone, number, kind))
    if guardian_phone is not None:
        keys |= keys_of_phone(guardian_phone)
    return {
        "id_number_hash": document_hash(number, kind) if number else None,
        "search_keys": sorted(keys),
        "keys_version": KEYS_VERSION,
    }


def _is_id_number(digits: str) -> bool:
    return len(digits) == ID_LENGTH and digits[:-1].isdigit()


def _is_phone(digits: str) -> bool:
    return digits.isdigit() and len(digits) >= LAST_DIGITS


def can_identify(typed: str) -> bool:
    """Whether this is a document's number, a phone or its end: a name cannot tell a person."""
    digits, number = normalise_phone(typed), plain_number(typed)
    of_document = len(number) > LAST_DIGITS and _DIGIT.search(number) is not None
    return _is_phone(digits) or of_document


def keys_to_find(typed: str) -> list[str]:
    """Whatever it may be by its shape: ID number, phone, its end, passport, name, initials."""
    digits, name = normalise_phone(typed), searched_name(typed)
    if _is_id_number(resident.normalise(typed)):
        return [document_hash(typed)]
    keys = []
    if _DIGIT.search(plain_number(typed)):
        keys += [document_hash(typed, kind) for kind in _NUMBERED]
    if digits.isdigit():
        keys.append(_key("phone_end" if len(digits) == LAST_DIGITS else "phone", digits))
        return keys
    keys.append(_key("name", name))
    if _INITIALS.fullmatch(name):
        keys.append(_key("initials", name))
    return keys
