"""演示台."""

import json
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from tests.standin.running import CONFIG, Running

SECRET_OF_ZHOU = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ACCOUNTS = {
    "patients": [{"user": "chen & co", "name": "陈桂花<script>", "about": "今天还没拍"}],
    "staff": [
        {
            "username": "zhou",
            "password": 'a"b<c',
            "totp_secret": SECRET_OF_ZHOU,
            "name": "周医生",
            "about": "家庭医生",
        }
    ],
    "links": {"staff": "http://127.0.0.1:8000/staff/", "docs": "http://127.0.0.1:8000/docs"},
}


@pytest.fixture
def desk(here: Running, tmp_path: Path) -> Running:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(ACCOUNTS))
    here.standin.config = replace(CONFIG, accounts_file=path)
    return here


async def test_desk_lists_patients_and_staff(desk: Running) -> None:
    html = (await desk.http.get(desk.base + "/")).text

    assert 'href="http://127.0.0.1:8000/m/?user=chen%20%26%20co"' in html
    assert 'href="http://127.0.0.1:8000/staff/"' in html
    assert "周医生" in html
    assert "患者端</a>" not in html  # no link was given


async def test_desk_escapes_what_it_shows(desk: Running) -> None:
    html = (await desk.http.get(desk.base + "/")).text

    assert "陈桂花&lt;script&gt;" in html
    assert "a&#34;b&lt;c" in html
    assert "陈桂花<script>" not in html


async def test_desk_shows_the_code_of_the_moment(desk: Running) -> None:
    reply = await desk.http.get(desk.base + "/totp")

    assert pyotp.TOTP(SECRET_OF_ZHOU).verify(reply.json()["codes"]["zhou"], valid_window=1)
    assert 1 <= reply.json()["seconds_left"] <= 30
    assert reply.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in reply.headers


async def test_desk_never_hands_out_the_totp_secret(desk: Running) -> None:
    pages = [(await desk.http.get(desk.base + path)).text for path in ("/", "/totp")]

    assert all(SECRET_OF_ZHOU not in page for page in pages)


@pytest.mark.parametrize("accounts_file", [None, Path("/nonexistent/accounts.json")])
async def test_desk_without_accounts_says_what_to_do(
    here: Running, accounts_file: Path | None
) -> None:
    here.standin.config = replace(CONFIG, accounts_file=accounts_file)

    html = (await here.http.get(here.base + "/")).text

    assert "还没有演示患者" in html


@pytest.mark.parametrize("name", ["desk.css", "desk.js"])
async def test_desk_serves_its_own_assets(here: Running, name: str) -> None:
    assert (await here.http.get(f"{here.base}/desk/{name}")).status_code == 200
