"""The ground: ids, clock, keys, cursors, settings."""

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from pydantic import ValidationError

from app.core import clock
from app.core.crypto import CODE_ALPHABET, Keyring, new_code, new_token, normalise_code, token_hash
from app.core.ids import uuid7
from app.core.pagination import CursorInvalid, decode, encode
from app.core.settings import Settings


def test_ids_sort_by_birth_and_are_version_7() -> None:
    ids = [uuid7() for _ in range(2000)]

    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert len(set(ids)) == 2000
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)


def test_the_clock_can_be_held_and_goes_on_afterwards() -> None:
    at = datetime(2026, 1, 1, 20, tzinfo=UTC)

    with clock.frozen(at):
        assert clock.now() == at
        with clock.frozen(at + timedelta(days=1)):
            assert clock.now() == at + timedelta(days=1)
        assert clock.today_in("Asia/Shanghai") == date(2026, 1, 2)
        assert clock.today_in("America/New_York") == date(2026, 1, 1)

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


OLD = Keyring({"k1": b"1" * 32}, "k1", b"look")
NEW = Keyring({"k1": b"1" * 32, "k2": b"2" * 32}, "k2", b"look")


def test_a_rotated_key_reads_what_the_old_one_wrote() -> None:
    sealed = OLD.encrypt("李桂英", "patient.name")

    assert NEW.decrypt(sealed, "patient.name") == "李桂英"
    assert NEW.encrypt("李桂英", "patient.name").startswith("k2:")
    assert "李" not in sealed


def test_equal_names_do_not_look_equal() -> None:
    assert OLD.encrypt("李", "patient.name") != OLD.encrypt("李", "patient.name")


def test_a_value_moved_to_another_column_cannot_be_read() -> None:
    sealed = OLD.encrypt("13800001234", "patient.phone")

    with pytest.raises(InvalidTag):
        OLD.decrypt(sealed, "patient.name")


def test_lookup_hashes_find_equals_of_one_purpose_only() -> None:
    assert OLD.lookup_hash("phone", "138") == NEW.lookup_hash("phone", "138")
    assert OLD.lookup_hash("phone", "138") != OLD.lookup_hash("name", "138")
    assert len(OLD.lookup_hash("phone", "138")) == 32


def test_codes_are_for_people_and_tokens_are_not() -> None:
    code = new_code(8)

    assert len(code) == 8
    assert set(code) <= set(CODE_ALPHABET)
    assert not set("01IO") & set(CODE_ALPHABET)
    assert normalise_code(" abcd-2345 ") == "ABCD2345"
    assert len(new_token()) >= 43
    assert token_hash("a") != token_hash("b")


@pytest.mark.parametrize("value", [datetime(2026, 9, 10, 4, tzinfo=UTC), date(2026, 9, 10), "path"])
def test_a_cursor_comes_back_as_it_went(value: Any) -> None:
    row_id = uuid7()

    assert decode(encode(value, row_id), type(value)) == (value, row_id)


@pytest.mark.parametrize("cursor", ["", "x", "e30", "W10", "bnVsbA", "WyJ4Il0", "WzEsMl0", "中文"])
def test_a_cursor_of_nobodys_making_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode(cursor, datetime)


def production(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "environment": "production",
        "public_origin": "https://weibu.example",
        "database_url": "postgresql+psycopg://db/weibu",
        "token_key": "t" * 40,
        "field_keys": {"k1": base64.b64encode(b"1" * 32).decode()},
        "field_key_id": "k1",
        "lookup_key": "l" * 40,
        "s3_endpoint": "http://storage:8333",
        "s3_public_endpoint": "https://films.weibu.example",
        "s3_access_key": "weibu",
        "s3_secret_key": "s" * 40,
        "wechat_appid": "wx0000000000000001",
        "wechat_secret": "w" * 32,
    }
    return Settings.model_validate(values | changes)


def test_production_starts_with_its_own_secrets() -> None:
    assert production().in_production
    assert production().origin == "https://weibu.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"token_key": "dev-" + "t" * 40},
        {"lookup_key": "dev-lookup"},
        {"s3_secret_key": "dev-secret"},
        {"wechat_secret": "dev-secret"},
        {"field_keys": {"dev-1": base64.b64encode(b"1" * 32).decode()}, "field_key_id": "dev-1"},
        {"preview_standin_base": "https://standin.example"},
        {"public_origin": "http://weibu.example"},
        {"wechat_api_base": "http://127.0.0.1:9000"},
        {"s3_public_endpoint": "http://films.weibu.example"},
        {"wechat_push_token": "token"},
        {"wechat_push_aes_key": "A" * 43},
        {"wechat_push_token": "token", "wechat_push_aes_key": ""},
        {"wechat_push_token": "dev-token", "wechat_push_aes_key": "A" * 43},
        {"wechat_push_token": "token", "wechat_push_aes_key": "A" * 42},
        {"wechat_push_token": "token", "wechat_push_aes_key": "A" * 42 + "/"},
        {"token_key": "x"},
        {"token_key": "t" * 31},
        {"lookup_key": "l" * 31},
        {"field_keys": {"k1": base64.b64encode(b"1" * 16).decode()}},
        {"field_keys": {"k1": "no base64 !"}},
        {"field_key_id": "k2"},
        {"database_url": "sqlite:///weibu.db"},
    ],
)
def test_production_refuses_a_value_of_development(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        production(**changes)


@pytest.mark.parametrize("unset", ["", None])
def test_production_takes_pushes_with_both_keys_or_none(unset: str | None) -> None:
    assert production(wechat_push_token="token", wechat_push_aes_key="A" * 43).wechat_push_token
    assert production(wechat_push_token=unset, wechat_push_aes_key=unset).wechat_push_token is None


def test_settings_do_not_change_and_do_not_show_secrets() -> None:
    made = production()

    with pytest.raises(ValidationError):
        made.port = 1  # type: ignore[misc]
    assert "t" * 40 not in repr(made)


@pytest.mark.parametrize(("streams", "starts"), [(800, True), (1999, True), (2000, False)])
def test_open_streams_leave_connections_for_others(streams: int, starts: bool) -> None:
    if starts:
        assert production(streams_max=streams).connections_max == 2000
        return
    with pytest.raises(ValidationError, match="CONNECTIONS_MAX must be above STREAMS_MAX"):
        production(streams_max=streams)
