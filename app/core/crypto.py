"""Encrypted columns (AES-256-GCM, key id in the value) and keyed hashes for look-up."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AfterValidator
from sqlalchemy import Dialect, Text
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from app.core.settings import Settings

NONCE_BYTES = 12


@dataclass(frozen=True)
class Keyring:
    """All keys that can still read, the one that writes, and the key of the look-up hashes."""

    field_keys: dict[str, bytes]
    current: str
    lookup_key: bytes

    def encrypt(self, text: str, place: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.field_keys[self.current]).encrypt(nonce, text.encode(), place.encode())
        return f"{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, value: str, place: str) -> str:
        key_id, _, body = value.partition(":")
        raw = base64.b64decode(body)
        cipher = AESGCM(self.field_keys[key_id])
        return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()

    def lookup_hash(self, purpose: str, value: str) -> str:
        """Deterministic, so equal values can be found; 128 bits."""
        message = f"{purpose}\0{value}".encode()
        return hmac.digest(self.lookup_key, message, "sha256")[:16].hex()


def keyring_from(settings: Settings) -> Keyring:
    keys = {k: base64.b64decode(v.get_secret_value()) for k, v in settings.field_keys.items()}
    lookup = hashlib.sha256(settings.lookup_key.get_secret_value().encode()).digest()
    return Keyring(keys, settings.field_key_id, lookup)


_installed: Keyring | None = None


def install_keyring(ring: Keyring) -> None:
    """Give the process its one keyring: column types cannot be handed one per session."""
    global _installed  # noqa: PLW0603
    _installed = ring


def keyring() -> Keyring:
    if _installed is None:
        raise RuntimeError("install_keyring has not been called")
    return _installed


class Encrypted(TypeDecorator[str]):
    """Text that the database never sees in clear; `place` ties a value to its column."""

    impl = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    @override
    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring().encrypt(value, self.place)

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring().decrypt(value, self.place)


def opened(column: InstrumentedAttribute[Any]) -> AfterValidator:
    """Open what a row of JSON has of an encrypted column, where no type of a column does it."""
    kind: Encrypted = column.type
    return AfterValidator(lambda value: keyring().decrypt(value, kind.place))


def new_token() -> str:
    """256 bits for links, sessions and secrets."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Hash what is stored of a secret token: it is random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code(length: int) -> str:
    """For people to type: no 0/O, 1/I; 5 bits a character."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def normalise_code(typed: str) -> str:
    return "".join(c for c in typed.upper() if c.isalnum())
