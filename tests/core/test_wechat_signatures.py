"""The vector of WeChat's pages, and every way in which user data may be unreadable."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from pydantic import SecretStr

from app.core import clock
from app.core.wechat import UserDataError, decrypt_user_data

KEY = SecretStr("MDEyMzQ1Njc4OWFiY2RlZg==")
IV = "ZmVkY2JhOTg3NjU0MzIxMA=="
APPID = "wx0123456789abcdef"
MADE_AT = datetime.fromtimestamp(1735800000, UTC)
STEPS = (
    "c4EzbtNbXKUV2+ILNgEyqGtQ91z/9W6UdwzZjY9nlmZ+KQogxmw+95WjCpGk08LO0NiOTqSCh+77eDPm3Rm20c+vskda"
    "RMm7T0qKJo96vTSiunH15z9qkqzmcXz5646WqOqtHt5UhXMjBUCXGXurL+A3G4liu3cwDvD6FvHZ8Ob3+Xs9kW1+Efc3"
    "Q2WnRGEbkP6y1+Nu0awolcx7cbG2Pg=="
)


def sealed(plain: bytes) -> str:
    padding = 16 - len(plain) % 16
    cipher = Cipher(
        AES(base64.b64decode(KEY.get_secret_value())), CBC(base64.b64decode(IV))
    ).encryptor()
    return base64.b64encode(
        cipher.update(plain + bytes([padding]) * padding) + cipher.finalize()
    ).decode()


def read(data: str, *, key: SecretStr = KEY, iv: str = IV, appid: str = APPID) -> dict[str, Any]:
    return decrypt_user_data(key, iv, data, appid)


def test_steps_are_read() -> None:
    with clock.frozen(MADE_AT):
        data = read(STEPS)

    assert [item["step"] for item in data["stepInfoList"]] == [8123, 4567]


@pytest.mark.parametrize("age", [timedelta(minutes=-10), timedelta(0), timedelta(minutes=10)])
def test_fresh_watermark_is_accepted(age: timedelta) -> None:
    with clock.frozen(MADE_AT + age):
        assert read(STEPS)


@pytest.mark.parametrize(
    "age", [timedelta(seconds=-601), timedelta(seconds=601), timedelta(days=1)]
)
def test_replay_is_refused(age: timedelta) -> None:
    with clock.frozen(MADE_AT + age), pytest.raises(UserDataError):
        read(STEPS)


@pytest.mark.parametrize(
    "plain",
    [
        b"{}",
        b"[]",
        b"null",
        b"7",
        b"not json",
        b"\xff\xfe",
        b'{"watermark":null}',
        b'{"watermark":[]}',
        b'{"watermark":{"timestamp":1735800000}}',
        json.dumps({"watermark": {"appid": APPID}}).encode(),
        json.dumps({"watermark": {"appid": APPID, "timestamp": "soon"}}).encode(),
        json.dumps({"watermark": {"appid": APPID, "timestamp": None}}).encode(),
        json.dumps({"watermark": {"appid": "wx-other", "timestamp": 1735800000}}).encode(),
    ],
)
def test_unexpected_content_is_one_error(plain: bytes) -> None:
    with clock.frozen(MADE_AT), pytest.raises(UserDataError):
        read(sealed(plain))


@pytest.mark.parametrize(
    "damage",
    [
        {"appid": "wx-other"},
        {"key": SecretStr("")},
        {"key": SecretStr("c2hvcnQ=")},
        {"key": SecretStr("MDEyMzQ1Njc4OWFiY2RlZw==")},
        {"iv": ""},
        {"iv": "%%%"},
        {"iv": "中文"},
        {"data": ""},
        {"data": "AAAA"},
        {"data": "A" * 43},
        {"data": STEPS[:64]},
    ],
)
def test_damage_is_one_error(damage: dict[str, Any]) -> None:
    with clock.frozen(MADE_AT), pytest.raises(UserDataError):
        read(**({"data": STEPS} | damage))


def test_stale_keys_never_pass() -> None:
    stale = [SecretStr(base64.b64encode(bytes([i]) * 16).decode()) for i in range(256)]

    with clock.frozen(MADE_AT):
        for key in stale:
            with pytest.raises(UserDataError):
                read(STEPS, key=key)


def test_error_tells_nothing_of_the_data() -> None:
    with clock.frozen(MADE_AT), pytest.raises(UserDataError) as unreadable:
        read(sealed(b'{"name":"secret"}'))

    assert unreadable.value.__cause__ is None
    assert "secret" not in str(unreadable.value)
