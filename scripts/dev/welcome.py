"""The addresses and accounts that a newcomer needs, as text."""

import json
import time
from pathlib import Path
from typing import Any

import pyotp

STAFF_SHOWN = 6
PATIENTS_SHOWN = 4


def welcome(settings: dict[str, str], accounts_file: Path) -> str:
    origin, desk = settings["PUBLIC_ORIGIN"], settings["PREVIEW_STANDIN_BASE"]
    accounts = json.loads(accounts_file.read_text()) if accounts_file.exists() else {}
    return "\n".join(
        [
            "",
            "Weibu is running.",
            "",
            f"  Demo desk 演示台     {desk}/        every demo account, opened by a click",
            f"  Patient preview      {origin}/m/",
            f"  Doctor's page        {origin}/staff/",
            f"  API docs             {origin}/docs",
            *_staff(accounts.get("staff", [])),
            *_patients(accounts.get("patients", []), origin),
            "",
            "  Logs: .weibu/logs   Settings: .weibu/dev.env   Ctrl-C stops all and keeps the data",
            "",
        ]
    )


def _staff(people: list[dict[str, Any]]) -> list[str]:
    left = 30 - int(time.time()) % 30
    lines = [
        f"    {p['username']:<16} {p['password']:<20} {pyotp.TOTP(p['totp_secret']).now()}"
        f"   {p['name']} {p.get('about', '')}".rstrip()
        for p in people[:STAFF_SHOWN]
    ]
    head = f"  Staff: user name, password, code (for {left} s more; the demo desk shows the next)"
    return ["", head, *lines] if lines else []


def _patients(people: list[dict[str, Any]], origin: str) -> list[str]:
    lines = [
        f"    {origin}/m/?user={p['user']}   {p['name']} {p.get('about', '')}".rstrip()
        for p in people[:PATIENTS_SHOWN]
    ]
    return ["", "  Patients", *lines] if lines else []
