"""How an encrypted record is found: keyed hashes of the few things that people search by."""

import re

from app.core.crypto import keyring
from app.core.schemas import normalise_phone
from app.patients.id_number import normalise as normalise_id

ID_LENGTH = 18
LAST_DIGITS = 4


def normalise_name(name: str) -> str:
    return re.sub(r"[\s·•]", "", name).casefold()


def _key(kind: str, value: str) -> str:
    return keyring().lookup_hash(f"patient.{kind}", value)


def id_number_hash(id_number: str) -> str:
    return _key("id_number", normalise_id(id_number))


def keys_of_phone(phone: str) -> set[str]:
    """Make those of the whole number and of its last four digits."""
    plain = normalise_phone(phone)
    return {_key("phone", plain), _key("phone_end", plain[-LAST_DIGITS:])}


def search_keys_of(name: str, phone: str, id_number: str | None) -> list[str]:
    """Every prefix of the name, the whole phone, its last four digits, the whole ID number."""
    plain_name = normalise_name(name)
    keys = {_key("name", plain_name[:length]) for length in range(1, len(plain_name) + 1)}
    keys |= keys_of_phone(phone)
    if id_number:
        keys.add(id_number_hash(id_number))
    return sorted(keys)


def _is_id_number(digits: str) -> bool:
    return len(digits) == ID_LENGTH and digits[:-1].isdigit()


def can_identify(typed: str) -> bool:
    """Whether this is an ID number, a phone or its end: a name is not enough to tell a person."""
    digits = normalise_phone(typed)
    return _is_id_number(digits) or (digits.isdigit() and len(digits) >= LAST_DIGITS)


def key_to_find(typed: str) -> str:
    """Take what was typed for what its shape says: ID number, phone, its end, or a name."""
    digits = normalise_phone(typed)
    if _is_id_number(digits):
        return id_number_hash(digits)
    if digits.isdigit():
        kind = "phone_end" if len(digits) == LAST_DIGITS else "phone"
        return _key(kind, digits)
    return _key("name", normalise_name(typed))
