"""The stand-in serves this machine only, and never production."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.wechat_standin.safety import UnsafeError, is_loopback, refuse_unsafe
from tests.standin.running import APPID, SECRET, Running

SAFE = {"host": "127.0.0.1", "environment": "development", "appid": APPID, "secret": SECRET}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "127.8.0.1"},
        {"environment": "test"},
        {"appid": "wx0123456789abcdef"},
    ],
)
def test_safe_starts(change: dict[str, str]) -> None:
    refuse_unsafe(**(SAFE | change))


@pytest.mark.parametrize(
    "change",
    [
        {"host": "0.0.0.0"},  # noqa: S104 it must be refused
        {"host": "::"},
        {"host": "192.168.1.5"},
        {"host": "example.com"},
        {"host": ""},
        {"environment": "production"},
        {"environment": "staging"},
        {"secret": "0123456789abcdef0123456789ABCDEF"},
        {"appid": "wx8888888888888888"},
        {"appid": ""},
    ],
)
def test_unsafe_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(UnsafeError):
        refuse_unsafe(**(SAFE | change))


def test_process_stops_before_it_listens_in_production() -> None:
    command = [sys.executable, "-m", "scripts.wechat_standin", "--appid", APPID, "--secret", SECRET]
    done = subprocess.run(  # noqa: S603 our own program
        command,
        cwd=ROOT,
        env={"ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 1
    assert "ENVIRONMENT is production" in done.stderr
    assert SECRET not in done.stderr


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_loopback(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},  # a name that an attacker points at 127.0.0.1
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "null"},
    ],
)
async def test_foreign_pages_are_turned_away(here: Running, headers: dict[str, str]) -> None:
    reply = await here.http.post(
        f"{here.base}/standin/login-code", json={"user": "chen"}, headers=headers
    )

    assert reply.status_code == 403
    assert not here.standin.state.login_codes


@pytest.mark.parametrize("origin", ["http://localhost:10086", "http://127.0.0.1:8000"])
async def test_preview_may_call_the_control_room_and_only_it(here: Running, origin: str) -> None:
    asks = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    control = await here.http.options(f"{here.base}/standin/login-code", headers=asks)
    wechat = await here.http.options(f"{here.base}/sns/jscode2session", headers=asks)

    assert control.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-origin" not in wechat.headers


@pytest.mark.parametrize("body", [{}, {"user": ""}, {"user": "x" * 65}, {"user": "x", "more": 1}])
async def test_control_refuses_what_it_does_not_know(
    here: Running, body: dict[str, object]
) -> None:
    reply = await here.http.post(f"{here.base}/standin/login-code", json=body)

    assert reply.status_code == 422
