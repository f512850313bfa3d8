"""The statements of commit 1c0dac4, which the bare handler replays: a fixed measure.

Were it to replay what our own handler sends today, each statement more of ours would flatter us.
`old_statements.json` has them by operation, as they were captured there, a list for each
transaction. What the schema no longer knows was put right by hand: `alert.acknowledged_at` is
`closed_at`, `media_object.checked_at` is `next_check_at`, and the object's newer columns are
constants in the INSERT. A parameter that hangs on the call is `{"is": …}`, a time
`{"at": seconds from now}`, a day `{"on": days from today}`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts import tokens
from app.core import clock
from app.core.crypto import token_hash
from app.core.filters import CLINIC_ZONE
from app.core.ids import uuid7
from app.core.settings import Settings
from scripts.benchmark.capture import Answer, AsJson, Transaction
from scripts.benchmark.world import (
    ACCOUNT,
    DOSE,
    MEDIA,
    OWN_MEDIA,
    OWN_RECORDING,
    PATIENT,
    RECORDING,
    STAFF,
    TEAM,
    TODAY,
    Call,
    bench_id,
)

STATEMENTS: Mapping[str, list[list[tuple[str, dict[str, Any]]]]] = json.loads(
    Path(__file__).with_name("old_statements.json").read_text()
)
TEAM_ROW = 2


def with_old_statements(name: str, settings: Settings, answers: list[Answer]) -> list[Answer]:
    """Put the old statements in the place of ours; an operation that is newer keeps its own."""
    if name not in STATEMENTS:
        return answers
    return [
        Answer(a.call, _transactions(name, _Facts.of(settings, a)), a.status, a.body, a.is_html)
        for a in answers
    ]


def _transactions(name: str, facts: "_Facts") -> list[Transaction]:
    return [
        [(sql, {n: facts.value(code) for n, code in values.items()}) for sql, values in transaction]
        for transaction in STATEMENTS[name]
    ]


def _number(row_id: str) -> int:
    return int(row_id.rsplit("-", 1)[1], 16)


@dataclass(slots=True)
class _Facts:
    """Whom and what one call is about."""

    patient: int
    dose: int
    doctor: int = 0
    held: int = 0
    made: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, answer: Answer) -> "_Facts":
        if "Cookie" in answer.call.headers:
            return _of_doctor(answer)
        token = answer.call.headers["Authorization"].removeprefix("Bearer ")
        patient = _number(str(tokens.account_of(settings, token)))
        return cls(patient, patient * 100 + TODAY)

    def value(self, code: Any) -> Any:
        if not isinstance(code, dict):
            return code
        (kind, told), *_ = code.items()
        return {
            "is": self._named,
            "at": lambda seconds: clock.now() + timedelta(seconds=seconds),
            "on": lambda days: _day(clock.now()) + timedelta(days=days),
            "number": Decimal,
            "json": self._json,
        }[kind](told)

    def _json(self, told: Any) -> AsJson:
        return AsJson({"media_id": str(self._row("own_media"))} if told else told)

    def _named(self, what: str) -> Any:
        if what == "token_hash":
            return token_hash(f"bench-staff-{self.doctor}")
        if what in {"key", "film_key"} or what.startswith("new:"):
            return self.made.setdefault(what, _fresh(what))
        return self._row(what)

    def _row(self, what: str) -> UUID:
        kind, number = {
            "patient": (PATIENT, self.patient),
            "account": (ACCOUNT, self.patient),
            "team": (TEAM_ROW, (self.patient - 1) // TEAM + 1),
            "staff": (STAFF, self.doctor),
            "dose": (DOSE, self.dose),
            "media": (MEDIA, self.dose),
            "recording": (RECORDING, self.dose),
            "own_media": (OWN_MEDIA, self.patient),
            "own_recording": (OWN_RECORDING, self.patient),
            "held": (RECORDING, self.held),
        }[what]
        return bench_id(kind, number)


def _day(at: datetime) -> date:
    """Tell the day of a dose, which begins at three."""
    return (at.astimezone(ZoneInfo(CLINIC_ZONE)) - timedelta(hours=3)).date()


def _fresh(what: str) -> Any:
    if what.startswith("new:"):
        return uuid7()
    return f"films/{token_hex(16)}/source" if what == "film_key" else f"bench-{token_hex(16)}"


def _of_doctor(answer: Answer) -> _Facts:
    call: Call = answer.call
    doctor = int(call.headers["Cookie"].rsplit("-", 1)[1])
    if call.path == "/api/reviews/next":
        film = _number(answer.body["item"]["recording_id"])
        held = _number(json.loads(call.body or b"")["holding"][0])
        return _Facts(film // 100, film, doctor, held)
    number = _number(call.path.split("/")[3])
    if call.path.endswith("/verdict"):
        return _Facts(number // 100, number, doctor)
    return _Facts(number, number * 100 + TODAY, doctor)
