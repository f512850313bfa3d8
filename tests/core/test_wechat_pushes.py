"""The vectors of WeChat's page about pushes, and every push that must not be believed."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from wechatpy.crypto import PrpCrypto

from app.core import clock
from app.core.wechat import (
    Push,
    PushForged,
    PushKeys,
    PushQuery,
    PushUnreadable,
    check_address,
    listed,
    open_push,
)

KEYS = PushKeys(
    appid="wxba5fad812f8e6fb9", token=SecretStr("AAAAA"), aes_key=SecretStr("A" * 43), plain=True
)
CHECK = PushQuery(
    signature="f464b24fc39322e44b38aa78f5edd27bd1441696",
    timestamp="1714036504",
    nonce="1514711492",
    echostr="4375120948345356249",
)
PLAIN = PushQuery(
    signature="899cf89e464efb63f54ddac96b0a0a235f53aa78",
    timestamp="1714037059",
    nonce="486452656",
)
SECURE = PushQuery(
    msg_signature="046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    timestamp="1714112445",
    nonce="415670741",
    encrypt_type="aes",
)
SEALED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzD"
    "pVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2I"
    "uQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F"
    "9mFUPAJGj04="
)
EVENT = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "CreateTime": 1714037059,
    "MsgType": "event",
    "Event": "debug_demo",
    "debug_str": "hello world",
}
AS_TEXT = EVENT | {"CreateTime": "1714037059"}


def at(query: PushQuery, later: timedelta = timedelta()) -> Any:
    return clock.frozen(datetime.fromtimestamp(int(query.timestamp), UTC) + later)


@pytest.fixture
def in_time() -> Iterator[None]:
    with at(PLAIN):
        yield


def signed(sealed: str) -> PushQuery:
    """Sign as the page describes it, without our code."""
    parts = sorted(["AAAAA", PLAIN.timestamp, "n", sealed])
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324 WeChat's own
    return replace(SECURE, msg_signature=signature, timestamp=PLAIN.timestamp, nonce="n")


def seal(text: str, appid: str = KEYS.appid, key: bytes = b"\0" * 32) -> str:
    sealed: bytes = PrpCrypto(key).encrypt(text, appid)
    return sealed.decode()


def enclose(sealed: str) -> bytes:
    return json.dumps({"Encrypt": sealed}).encode()


def test_address_check_is_answered_with_its_own_word() -> None:
    with at(CHECK):
        assert check_address(KEYS, CHECK) == "4375120948345356249"


def test_plain_push_of_the_page_is_taken() -> None:
    with at(PLAIN):
        push = open_push(KEYS, PLAIN, json.dumps(EVENT).encode())

    assert push.fields == AS_TEXT
    assert (push.msg_type, push.event, push.openid) == ("event", "debug_demo", "o1")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": SEALED}),
        f"<xml><ToUserName>gh_97417a04a28d</ToUserName><Encrypt><![CDATA[{SEALED}]]></Encrypt></xml>",
    ],
)
def test_secure_push_of_the_page_is_opened(body: str) -> None:
    with at(SECURE):
        push = open_push(KEYS, SECURE, body.encode())

    assert push.event == "debug_demo"
    assert push.fields["debug_str"] == "hello world"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_push_of_ten_minutes_is_taken(minutes: int) -> None:
    with at(PLAIN, timedelta(minutes=minutes)):
        assert open_push(KEYS, PLAIN, json.dumps(EVENT).encode()).event == "debug_demo"


@pytest.mark.parametrize(
    "late", [timedelta(minutes=10, seconds=1), -timedelta(minutes=10, seconds=1)]
)
def test_older_and_newer_pushes_are_refused(late: timedelta) -> None:
    with at(PLAIN, late), pytest.raises(PushForged, match="too old"):
        open_push(KEYS, PLAIN, json.dumps(EVENT).encode())


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(
    "query",
    [
        PushQuery(),
        replace(PLAIN, signature=""),
        replace(PLAIN, signature="é" * 40),
        replace(PLAIN, signature=PLAIN.signature[:-1] + "9"),
        replace(PLAIN, nonce="486452657"),
        replace(PLAIN, timestamp="1714037060"),
        replace(PLAIN, timestamp="\ud800"),
    ],
)
def test_changed_signature_is_refused(query: PushQuery) -> None:
    with pytest.raises(PushForged):
        open_push(KEYS, query, json.dumps(EVENT).encode())
    with pytest.raises(PushForged):
        check_address(KEYS, query)


@pytest.mark.usefixtures("in_time")
def test_secure_push_needs_the_signature_over_its_cipher_text() -> None:
    """The other signature is in every address, and would cover any body."""
    body = enclose(seal(json.dumps(EVENT)))
    query = replace(PLAIN, encrypt_type="aes", msg_signature=PLAIN.signature)

    with pytest.raises(PushForged, match="signature"):
        open_push(KEYS, query, body)


@pytest.mark.usefixtures("in_time")
def test_plain_push_is_refused_where_only_encrypted_ones_are_taken() -> None:
    keys = replace(KEYS, plain=False)
    sealed = seal(json.dumps(EVENT))

    with pytest.raises(PushForged, match="only encrypted"):
        open_push(keys, PLAIN, json.dumps(EVENT).encode())
    assert open_push(keys, signed(sealed), enclose(sealed)).fields == AS_TEXT


@pytest.mark.usefixtures("in_time")
def test_encrypted_push_without_our_key_is_refused() -> None:
    sealed = seal(json.dumps(EVENT))

    with pytest.raises(PushForged, match="no key"):
        open_push(replace(KEYS, aes_key=None), signed(sealed), enclose(sealed))


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(
    "sealed",
    [
        seal(json.dumps(EVENT), appid="wxsomebodyelse"),
        seal(json.dumps(EVENT), key=b"1" * 32),
        "bm90IGVuY3J5cHRlZA==",
        "not base64",
        "AAAA" * 32,
    ],
)
def test_signed_but_not_for_us_is_unreadable(sealed: str) -> None:
    with pytest.raises(PushUnreadable):
        open_push(KEYS, signed(sealed), enclose(sealed))


BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<xml><MsgType>event</MsgType><Event>&b;</Event><FromUserName>o</FromUserName></xml>"
)
OUTSIDE = (
    '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<xml><MsgType>event</MsgType><Event>&a;</Event><FromUserName>o</FromUserName></xml>"
)


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"{",
        b"<xml>",
        b"<xml></xml>",
        b"<html><body/></html>",
        b"<xml><MsgType>event</MsgType></xml>",
        BOMB.encode(),
        OUTSIDE.encode(),
        b'{"a":' * 10_000,
        b"<a>" * 20_000,
        b"<xml>" + b"<a>" * 9_000 + b"</a>" * 9_000 + b"</xml>",
        json.dumps(EVENT | {"Event": ""}).encode(),
        json.dumps(EVENT | {"MsgType": "text"}).encode(),
        json.dumps(EVENT | {"Event": "x" * 101}).encode(),
        json.dumps(EVENT | {"Event": ["debug_demo"]}).encode(),
        json.dumps(EVENT | {"FromUserName": "o\0"}).encode(),
        json.dumps(EVENT | {"debug_str": "\ud800"}).encode(),
        b'{"MsgType": ' + b"1" * 5000 + b"}",
    ],
)
def test_what_no_page_describes_is_unreadable(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        open_push(KEYS, PLAIN, body)


@pytest.mark.parametrize(
    ("value", "items"), [(None, []), ("", []), ({"a": "b"}, [{"a": "b"}]), (["x", "y"], ["x", "y"])]
)
def test_one_object_is_a_list_of_one(value: Any, items: list[Any]) -> None:
    assert listed(value) == items


ONE, TWO = {"TemplateId": "t1"}, {"TemplateId": "t2"}
WRAPPED = (
    "<xml><FromUserName>o</FromUserName><MsgType>event</MsgType><Event>e</Event>"
    "<SubscribeMsgPopupEvent><List><TemplateId>t1</TemplateId></List>"
    "<List><TemplateId>t2</TemplateId></List></SubscribeMsgPopupEvent></xml>"
)


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(
    ("body", "items"),
    [
        (json.dumps(EVENT | {"List": ONE}), [ONE]),
        (json.dumps(EVENT | {"List": [ONE, TWO]}), [ONE, TWO]),
        (json.dumps(EVENT), []),
        (WRAPPED, [ONE, TWO]),
    ],
)
def test_entries_of_a_subscribe_event_are_read_from_both_formats(
    body: str, items: list[Any]
) -> None:
    assert open_push(KEYS, PLAIN, body.encode()).items == items


REVOKED = AS_TEXT | {"Event": "user_authorization_revoke", "OpenID": "o2", "RevokeInfo": "12"}
MESSAGE = {"FromUserName": "o1", "MsgType": "text", "MsgId": "7", "Content": "a"}


def test_the_user_of_an_event_from_wechat_itself_is_named_beside_it() -> None:
    assert Push(REVOKED).openid == "o2"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (REVOKED, dict(reversed(REVOKED.items())), True),
        (REVOKED, REVOKED | {"OpenID": "o3"}, False),
        (REVOKED, REVOKED | {"RevokeInfo": "14"}, False),
        (REVOKED, REVOKED | {"CreateTime": "1714037060"}, False),
        (REVOKED, REVOKED | {"MsgId": "7"}, False),
        (MESSAGE, MESSAGE | {"Content": "b"}, True),
        (MESSAGE, MESSAGE | {"MsgId": "8"}, False),
        (MESSAGE, MESSAGE | {"FromUserName": "o2"}, False),
    ],
)
def test_two_deliveries_of_one_push_have_one_key(
    one: dict[str, str], other: dict[str, str], same: bool
) -> None:
    assert (Push(one).dedupe_key == Push(other).dedupe_key) is same
    assert len(Push(one).dedupe_key) == 64
