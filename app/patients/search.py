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


def search_keys_of(name: str, phone: str, id_number: str | None) -> list[str]:
    """Every prefix of the name, the whole phone, its last four digits, the whole ID number."""
    plain_name, plain_phone = normalise_name(name), normalise_phone(phone)
    keys = {_key("name", plain_name[:length]) for length in range(1, len(plain_name) + 1)}
    keys |= {_key("phone", plain_phone), _key("phone_end", plain_phone[-LAST_DIGITS:])}
    if id_number:
        keys.add(id_number_hash(id_number))
    return sorted(keys)


def key_to_find(typed: str) -> str:
    """Take what was typed for what its shape says: ID number, phone, its end, or a name."""
    digits = normalise_phone(typed)
    if len(digits) == ID_LENGTH and digits[:-1].isdigit():
        return id_number_hash(digits)
    if digits.isdigit():
        kind = "phone_end" if len(digits) == LAST_DIGITS else "phone"
        return _key(kind, digits)
    return _key("name", normalise_name(typed))
