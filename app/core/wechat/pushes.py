"""Open what WeChat pushes to us: verify, decrypt, and read XML and JSON into one shape."""

import base64
import hashlib
import hmac
import json
import re
import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from pydantic import SecretStr
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import WeChatException

from app.core.clock import now

# WeChat names no limit. A push is tried again within seconds, so one of this age is a replay; and
# the signature of a plain push does not cover its body: who read one address could use it forever.
LONGEST_AGE = timedelta(minutes=10)
LONGEST_NAME = 100
SECONDS = re.compile(r"[0-9]{1,12}")
ENCRYPTED = "aes"
EVENT = "event"


class PushForged(ValueError):  # noqa: N818 named like the problems: what is wrong with it
    """No key of ours signed it, or it was signed too long ago."""


class PushUnreadable(ValueError):  # noqa: N818
    """Signed or not, it is no message that WeChat documents."""


@dataclass(frozen=True)
class PushKeys:
    """What the console of the Mini Program holds, too; `plain` lets unencrypted pushes in."""

    appid: str
    token: SecretStr
    aes_key: SecretStr | None
    plain: bool


@dataclass(frozen=True)
class PushQuery:
    """The query string of a push; what is missing is empty, and no signature is empty."""

    signature: str = ""
    msg_signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    encrypt_type: str = ""
    echostr: str = ""


@dataclass(frozen=True)
class Push:
    """One message or event. All values of `fields` are text, lists or mappings of text."""

    fields: dict[str, Any]

    @property
    def msg_type(self) -> str:
        return _name(self.fields, "MsgType")

    @property
    def event(self) -> str | None:
        return _name(self.fields, "Event") or None

    @property
    def openid(self) -> str:
        """Whom it is about; some events come from WeChat itself and name the user beside it."""
        return _name(self.fields, "OpenID") or _name(self.fields, "FromUserName")

    @property
    def items(self) -> list[dict[str, Any]]:
        """The entries of a subscribe message event: XML wraps them, JSON does not."""
        wrapped = (v for k, v in self.fields.items() if k.startswith("SubscribeMsg"))
        inner = next((v for v in wrapped if isinstance(v, dict)), self.fields)
        return [item for item in listed(inner.get("List")) if isinstance(item, dict)]

    @property
    def dedupe_key(self) -> str:
        """Equal for each delivery of the same push, 64 characters.

        A message has its MsgId. An event is all that it says: many come from the same sender in
        the same second (the revocations of two users), so that sender and time would merge them.
        """
        own = self.fields
        if self.event is None and own.get("MsgId"):
            own = {k: own.get(k) for k in ("FromUserName", "MsgId")}
        return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()


def listed(value: Any) -> list[Any]:
    """Read a list that has become one object, or nothing, as a list."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def check_address(keys: PushKeys, query: PushQuery) -> str:
    """Return the word that the console's check of our address wants back, or raise PushForged."""
    _verify(keys, query, query.signature)
    return query.echostr


def open_push(keys: PushKeys, query: PushQuery, body: bytes) -> Push:
    """Raise PushForged or PushUnreadable; whoever gets a Push may believe it."""
    if query.encrypt_type == ENCRYPTED:
        fields = _fields(_decrypted(keys, query, body))
    else:
        if not keys.plain:
            raise PushForged("only encrypted pushes are taken")
        _verify(keys, query, query.signature)
        fields = _fields(body)
    push = Push(fields)
    if not push.msg_type or not push.openid or (push.event is None) is (push.msg_type == EVENT):
        raise PushUnreadable("no type or no sender")
    return push


def _decrypted(keys: PushKeys, query: PushQuery, body: bytes) -> bytes:
    """Verify, then decrypt: the signature covers the cipher text."""
    if keys.aes_key is None:
        raise PushForged("no key to decrypt with")
    sealed = _fields(body).get("Encrypt")
    if not isinstance(sealed, str) or not sealed:
        raise PushUnreadable("nothing encrypted")
    _verify(keys, query, query.msg_signature, sealed)
    key = base64.b64decode(keys.aes_key.get_secret_value() + "=")
    try:
        opened: str = PrpCrypto(key).decrypt(sealed, keys.appid)
    except (WeChatException, ValueError, LookupError, TypeError, struct.error):
        raise PushUnreadable("not encrypted with our key for our appid") from None
    return opened.encode()


def _verify(keys: PushKeys, query: PushQuery, signature: str, *sealed: str) -> None:
    parts = sorted([keys.token.get_secret_value(), query.timestamp, query.nonce, *sealed])
    expected = hashlib.sha1("".join(parts).encode(errors="replace")).hexdigest()  # noqa: S324 WeChat's own
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise PushForged("signature")
    if not SECONDS.fullmatch(query.timestamp):
        raise PushForged("timestamp")
    if abs(now().timestamp() - int(query.timestamp)) > LONGEST_AGE.total_seconds():
        raise PushForged("too old")


def _fields(body: bytes) -> dict[str, Any]:
    """Read a body of either format; entities of XML, which could grow or reach out, are refused."""
    try:
        if body.lstrip().startswith(b"<"):
            read = xmltodict.parse(
                body, encoding="utf-8", xml_attribs=False, disable_entities=True
            )["xml"]
        else:
            read = json.loads(body)
        fields = _as_text(read)
    except (ExpatError, ValueError, LookupError, TypeError, RecursionError):
        raise PushUnreadable("neither XML nor JSON") from None
    if not isinstance(fields, dict):
        raise PushUnreadable("no mapping")
    return fields


def _as_text(value: Any) -> Any:
    """Numbers come as numbers or as text, by format and by event: make all of them text."""
    match value:
        case dict():
            return {_text(key): _as_text(inner) for key, inner in value.items()}
        case list():
            return [_as_text(inner) for inner in value]
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return _text(str(value))


def _text(value: str) -> str:
    """Raise ValueError for half a character, which no database can hold."""
    value.encode()
    return value


def _name(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST_NAME or "\0" in value:
        raise PushUnreadable(key)
    return value
